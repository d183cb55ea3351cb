internal import BreakerCore
internal import Synchronization

/// What a client remembers of one breaker, for when the daemon cannot be asked.
final class BreakerState: Sendable {
  let name: String
  private let generation = Atomic<UInt32>(unknown)
  private let local = Mutex(LocalBreaker())

  /// No generation has this number: they have 24 bits.
  private static let unknown = UInt32.max

  init(name: String) { self.name = name }

  /// The generation that the daemon named last, as a token without permit. With it, what is seen without the daemon
  /// can still be told to it later, and is known for stale if the breaker has moved meanwhile.
  var lastToken: Token? {
    let value = generation.load(ordering: .relaxed)
    return value == Self.unknown ? nil : Token(generation: UInt64(value))
  }

  /// The daemon has let a call pass with this token.
  func remember(_ token: Token) { generation.store(token.generation, ordering: .relaxed) }

  /// Whether a call may pass by what this process has seen itself; if not, when to ask again.
  func decide(failures: Int, duration: Timespan, at now: Instant) -> Timespan? {
    local.withLock { $0.decide(failures: failures, duration: duration, at: now) }
  }

  /// A call has ended.
  func record(_ outcome: Outcome, failures: Int, duration: Timespan, at now: Instant) {
    local.withLock { $0.record(outcome, failures: failures, duration: duration, at: now) }
  }
}
