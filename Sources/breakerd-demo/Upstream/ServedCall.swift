import BreakerProtocol

/// One call that reached the upstream, as the upstream has seen it. On a line: `worker=3 health=failing asked=… …`.
struct ServedCall: Sendable {
  /// How a call ended.
  enum Ending: String {
    /// 200.
    case ok
    /// 503.
    case failed
    /// The worker did not wait for the answer.
    case abandoned
  }

  /// Who called: 1, 2, and so on.
  let worker: Int
  /// How the upstream was when the call came.
  let health: Health
  /// When the worker asked the breaker for this call, by its own word.
  let asked: MonotonicTime
  /// When the call came.
  let began: MonotonicTime
  /// When the answer left, or the caller.
  let ended: MonotonicTime
  let ending: Ending

  /// The form for a line.
  var line: String {
    "worker=\(worker) health=\(health.rawValue) asked=\(asked) began=\(began) ended=\(ended) ending=\(ending.rawValue)"
  }
}

extension ServedCall {
  /// The call on a line; nil: there is none.
  init?(_ fields: Fields) {
    guard let worker = fields["worker"].flatMap({ Int($0) }), let health = fields["health"].flatMap(Health.init),
      let asked = fields["asked"].flatMap(MonotonicTime.init), let began = fields["began"].flatMap(MonotonicTime.init),
      let ended = fields["ended"].flatMap(MonotonicTime.init), let ending = fields["ending"].flatMap(Ending.init)
    else { return nil }
    self.init(worker: worker, health: health, asked: asked, began: began, ended: ended, ending: ending)
  }
}
