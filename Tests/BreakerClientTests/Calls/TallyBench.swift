import BreakerCore
import BreakerProtocol
import Synchronization

@testable import BreakerClient

/// A tally in virtual time, and what it has sent, as lines.
final class TallyBench: Sendable {
  let tally: OutcomeTally
  private let log: Log

  private final class Log: Sendable {
    let now = Mutex<UInt64>(5_000_000_000_000)
    let sent = Mutex<[[String]]>([])
    let calls = Mutex<[QuietRequest]>([])

    var instant: Instant { Instant(microseconds: Int64(now.withLock { $0 } / 1_000)) }
  }

  init(tellsAtOnce: Bool = false) {
    let log = Log()
    self.log = log
    tally = OutcomeTally(name: "api", clock: MonotonicClock { log.instant }, tellsAtOnce: tellsAtOnce) { requests in
      let lines = requests.map { String(decoding: $0.line(at: log.instant).bytes, as: UTF8.self) }
      log.sent.withLock { $0.append(lines) }
      log.calls.withLock { $0 += requests }
    }
  }

  /// One that has seen the generation for more than a second.
  static func old(_ generation: UInt32 = 7) -> TallyBench {
    let bench = TallyBench()
    bench.begin(generation)
    bench.after(1_000)
    return bench
  }

  var now: UInt64 { log.now.withLock { $0 } }

  /// What was sent since the last look: the lines of each write.
  var sent: [[String]] {
    log.sent.withLock { sent in
      defer { sent = [] }
      return sent
    }
  }

  /// All requests that were sent.
  var requests: [QuietRequest] { log.calls.withLock { $0 } }

  func after(_ milliseconds: UInt64) { log.now.withLock { $0 += milliseconds * 1_000_000 } }

  func begin(_ generation: UInt32 = 7) { tally.begin(generation, at: now) }

  func succeed(_ generation: UInt32 = 7, count: Int = 1) {
    for _ in 0..<count { tally.succeed(generation, at: now) }
  }

  func fail() {
    tally.tell(
      PendingReport(
        name: "api", outcome: .fail, token: Token(generation: 7), duration: .milliseconds(3), errorClass: "Boom",
        endedAt: log.instant))
  }
}
