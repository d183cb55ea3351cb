/// An option of a breaker library that a key of ours does the work of.
public struct PeerOption: Equatable, Sendable {
  /// The library.
  public let peer: String
  /// Its option, as it is written there.
  public let name: String

  /// Whether this is the option's name, in whatever case it is written.
  func isNamed(_ text: String) -> Bool { Self.plain(name) == Self.plain(text) }

  private static func plain(_ text: String) -> String {
    String(decoding: text.utf8.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self).lowercased()
  }
}

extension PolicyKey {
  /// What people who come from another library know this key as.
  public var peers: [PeerOption] {
    (Self.table[self] ?? []).map { PeerOption(peer: $0, name: $1) }
  }

  private static let table: [PolicyKey: [(String, String)]] = [
    .tripConsecutiveFailures: [
      ("pybreaker", "fail_max"), ("stoplight", "threshold"), ("gobreaker", "ConsecutiveFailures"),
    ],
    .tripFailures: [("semian", "error_threshold"), ("failsafe", "WithFailureThreshold")],
    .tripFailureRate: [
      ("resilience4j", "failureRateThreshold"), ("polly", "FailureRatio"), ("hystrix", "errorThresholdPercentage"),
      ("heimdall", "ErrorPercentThreshold"),
    ],
    .tripSlowRate: [("resilience4j", "slowCallRateThreshold")],
    .tripSlowCall: [("resilience4j", "slowCallDurationThreshold")],
    .tripMinimumCalls: [
      ("resilience4j", "minimumNumberOfCalls"), ("polly", "MinimumThroughput"), ("hystrix", "requestVolumeThreshold"),
      ("sentinel", "minRequestAmount"), ("circuitbox", "volume_threshold"),
    ],
    .tripWindowTime: [
      ("polly", "SamplingDuration"), ("gobreaker", "Interval"), ("semian", "error_threshold_timeout"),
      ("stoplight", "window_size"), ("sentinel", "statIntervalMs"),
    ],
    .tripWindowBuckets: [("gobreaker", "BucketPeriod")],
    .tripWindowCalls: [("resilience4j", "slidingWindowSize")],
    .lump: [("semian", "lumping_interval")],
    .openDuration: [
      ("resilience4j", "waitDurationInOpenState"), ("polly", "BreakDuration"), ("hystrix", "sleepWindow"),
      ("gobreaker", "Timeout"), ("semian", "error_timeout"), ("pybreaker", "reset_timeout"),
      ("stoplight", "cool_off_time"), ("sentinel", "timeWindow"), ("failsafe", "WithDelay"),
    ],
    .openBackoff: [
      ("resilience4j", "waitIntervalFunctionInOpenState"), ("semian", "exponential_backoff_error_timeout"),
      ("polly", "BreakDurationGenerator"),
    ],
    .openJitter: [("resilience4j", "ofExponentialRandomBackoff")],
    .halfOpenProbes: [("gobreaker", "MaxRequests")],
    .halfOpenSuccesses: [
      ("semian", "success_threshold"), ("stoplight", "recovery_threshold"), ("failsafe", "WithSuccessThreshold"),
    ],
    .halfOpenCalls: [("resilience4j", "permittedNumberOfCallsInHalfOpenState")],
    .halfOpenMaxWait: [("resilience4j", "maxWaitDurationInHalfOpenState")],
  ]
}
