internal import BreakerCore
internal import BreakerProtocol
internal import DequeModule

/// How requests and reports get a tag and a place in the queue.
extension ConnectionMachine {
  mutating func connect(at now: Instant) -> [ConnectionEffect<Waiter>] {
    state = .connecting(until: now + settings.stallLimit)
    return [.connect]
  }

  mutating func enqueue(_ line: RequestLine, _ breaker: String?, _ waiter: Waiter, _ deadline: Instant) {
    waiting.append(Waiting(line: line, deadline: deadline, breaker: breaker, waiter: waiter))
    earliestDeadline = min(earliestDeadline, deadline)
  }

  mutating func send(
    _ line: RequestLine, _ breaker: String?, _ waiter: Waiter, _ deadline: Instant
  ) -> ConnectionEffect<Waiter> {
    let tag = takeTag()
    pending.append(Pending(tag: tag, deadline: deadline, breaker: breaker, waiter: waiter))
    earliestDeadline = min(earliestDeadline, deadline)
    return .send(line, tag: tag)
  }

  mutating func send(_ report: QuietRequest, at now: Instant) -> ConnectionEffect<Waiter> {
    counts.reportsSent += 1
    return .send(report.line(at: now), tag: takeTag())
  }

  mutating func sendReports(at now: Instant) -> [ConnectionEffect<Waiter>] {
    var effects: [ConnectionEffect<Waiter>] = []
    while let report = reports.popFirst() { effects.append(send(report, at: now)) }
    return effects
  }

  mutating func hold(_ report: QuietRequest) {
    if reports.count >= settings.maximumReports {
      counts.reportsDropped += reports.removeFirst().calls
    }
    reports.append(report)
  }

  mutating func takeTag() -> UInt32 {
    defer { nextTag &+= 1 }
    return nextTag
  }
}
