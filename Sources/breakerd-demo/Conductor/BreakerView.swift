import BreakerClient
import BreakerProtocol

/// What the daemon says of the breaker at one time.
struct BreakerView: Sendable {
  let generation: Int
  let state: String
  /// The state before this one; nil: there was none.
  let from: String?
  /// Why it moved last, in the protocol's word.
  let cause: String?
  /// Since when it is in this state.
  let since: MonotonicTime
  /// How long it refuses all calls, seen from `since`; nil: it does not.
  let openFor: Duration?
  let ok: Int
  let opened: Int

  /// Asks the daemon. Nil: the breaker does not exist yet.
  ///
  /// - Throws: ``DemoError/daemon(_:)``, if there is no answer.
  static func ask(_ client: BreakerClient) async throws -> BreakerView? {
    var line = RequestLine(.show)
    try line.add(Scenario.breaker)
    do {
      return BreakerView(try await client.request(line), at: .now)
    } catch .refused(let code, _) where code == ErrorCode.unknownName.rawValue {
      return nil
    } catch {
      throw DemoError.daemon("\(error)")
    }
  }

  private init?(_ reply: ServerReply, at now: MonotonicTime) {
    guard case .list(let rows, _) = reply else { return nil }
    func text(_ key: String) -> String? { rows.lazy.compactMap { $0[key] }.first }
    func number(_ key: String) -> Int? { text(key).flatMap { Int($0) } }
    guard let generation = number("generation"), let state = text("state"), let inState = number("in_state_ms"),
      let ok = number("ok"), let opened = number("opened")
    else { return nil }
    self.generation = generation
    self.state = state
    self.ok = ok
    self.opened = opened
    from = text("from")
    cause = text("cause")
    since = now.before(.milliseconds(inState))
    openFor = number("retry_ms").map { .milliseconds($0 + inState) }
  }
}
