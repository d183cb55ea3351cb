internal import BreakerClient
internal import BreakerCore
internal import BreakerProtocol

/// What `allow` and `exec` have found out about a call.
enum Guard {
  /// The daemon has answered.
  case answered(AllowAnswer)
  /// It could not be asked, and the call is to be made.
  case unguarded
  /// It could not be asked, and the call is not to be made.
  case refused

  /// Asks; and where there is no answer, does what `fallback` says.
  ///
  /// - Throws: ``Failure`` where that is to give up, or the request is wrong itself.
  static func ask(
    _ name: String, lease: Timespan?, _ talk: Talk, _ fallback: Fallback, _ console: Console
  ) throws(Failure) -> Guard {
    let line = RequestLine.allow(name, lease: lease)
    let error: BreakerRequestError
    do {
      let reply = try talk.line(line)
      var text = reply.text
      if let answer = text.withUTF8({ AllowAnswer(Bytes($0)) }) { return .answered(answer) }
      error = .unavailable(BreakerUnavailable(.notBreakerd(text), socketPath: talk.socket.path))
    } catch let failed {
      error = failed
    }
    let failure = Failure(error, socket: talk.socket)
    if case .refused = error, failure.status == ExitStatus.badData { throw failure }
    if fallback.strict { throw failure }
    if let message = failure.message { console.complain(message) }
    switch fallback.onUnavailable {
    case .allow:
      console.complain("\(name) is not guarded now: the call may go on")
      return .unguarded
    case .deny:
      console.complain("\(name) is denied, since breakerd cannot be asked (--on-unavailable deny)")
      return .refused
    }
  }
}
