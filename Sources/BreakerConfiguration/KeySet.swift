/// Keys that a layer replaces together: who gives one of them a value starts from none of them.
enum KeySet: CaseIterable {
  /// What opens a closed breaker.
  case tripRules
  /// The calls that the rules look at.
  case window
  /// What decides a half-open breaker.
  case verdict
  /// What the second rules are.
  case shadowRules
  /// The calls that they look at.
  case shadowWindow

  /// The keys, in groups of which a layer may give only one.
  var alternatives: [[PolicyKey]] {
    switch self {
    case .tripRules: [[.tripConsecutiveFailures, .tripFailures, .tripFailureRate, .tripSlowRate]]
    case .window: [[.tripWindow], [.tripWindowTime, .tripWindowBuckets], [.tripWindowCalls]]
    case .verdict: [[.halfOpenSuccesses], [.halfOpenCalls, .halfOpenFailureRate]]
    case .shadowRules: [[.shadowConsecutiveFailures, .shadowFailures, .shadowFailureRate, .shadowSlowRate]]
    case .shadowWindow: [[.shadowWindow], [.shadowWindowTime, .shadowWindowBuckets], [.shadowWindowCalls]]
    }
  }

  /// All its keys.
  var keys: [PolicyKey] { alternatives.flatMap { $0 } }
}
