internal import BreakerCore
internal import BreakerProtocol
internal import DequeModule

/// What is done when the daemon does not answer.
extension ConnectionMachine {
  /// Answers one caller that there is no daemon to ask.
  mutating func refuse(
    _ waiter: Waiter, _ reason: BreakerUnavailable.Reason, _ now: Instant
  ) -> [ConnectionEffect<Waiter>] {
    counts.unavailable += 1
    return [.answer(waiter, .unavailable(reason))] + complain(.unavailable(reason), now)
  }

  mutating func complain(_ complaint: Complaint, _ now: Instant) -> [ConnectionEffect<Waiter>] {
    complaints.admits(complaint, interval: settings.complaintInterval, at: now) ? [.complain(complaint)] : []
  }

  /// Answers the requests whose time is up, and finds the next deadline.
  mutating func expire(at now: Instant) -> [ConnectionEffect<Waiter>] {
    guard now >= earliestDeadline else { return [] }
    var effects: [ConnectionEffect<Waiter>] = []
    var next = Instant.never
    var isLate = false
    for index in pending.indices where pending[index].deadline < .never {
      guard pending[index].deadline <= now else {
        next = min(next, pending[index].deadline)
        continue
      }
      isLate = true
      pending[index].deadline = .never
      guard let waiter = pending[index].waiter else { continue }
      pending[index].waiter = nil
      effects.append(.answer(waiter, .unavailable(.timedOut)))
    }
    waiting.removeAll { request in
      guard request.deadline <= now else {
        next = min(next, request.deadline)
        return false
      }
      effects.append(.answer(request.waiter, .unavailable(.timedOut)))
      return true
    }
    earliestDeadline = next
    counts.timeouts += effects.count
    counts.unavailable += effects.count
    switch state {
    case .greeting, .up:
      if isLate {
        state = .stalled(until: now + settings.stallLimit)
        counts.stalls += 1
      }
    case .idle, .connecting, .stalled, .backingOff, .closed: break
    }
    return effects.isEmpty ? effects : effects + complain(.unavailable(.timedOut), now)
  }

  /// Gives the connection up, and waits before the next. One that was good and is lost while nobody waits is followed by
  /// another as soon as one is needed, once in the longest wait: the daemon may have been started anew.
  mutating func lose(_ reason: BreakerUnavailable.Reason, at now: Instant) -> [ConnectionEffect<Waiter>] {
    switch state {
    case .idle, .backingOff, .closed: return []
    case .connecting, .greeting, .up, .stalled: break
    }
    var effects: [ConnectionEffect<Waiter>] = [.disconnect]
    effects += answerAll(reason)
    if effects.count > 1 { effects += complain(.unavailable(reason), now) }
    isOnProbation = reason == .stalled
    if state == .up, effects.count == 1, now >= nextSpareTry {
      nextSpareTry = now + settings.longestBackoff
      state = .backingOff(until: now, reason)
    } else {
      state = .backingOff(until: now + backoff(), reason)
      failures += 1
    }
    return effects
  }

  mutating func answerAll(_ reason: BreakerUnavailable.Reason) -> [ConnectionEffect<Waiter>] {
    let waiters = pending.compactMap(\.waiter) + waiting.map(\.waiter)
    list = nil
    pending.removeAll()
    waiting.removeAll()
    earliestDeadline = .never
    counts.unavailable += waiters.count
    return waiters.map { .answer($0, .unavailable(reason)) }
  }

  func backoff() -> Timespan {
    let doubled = settings.firstBackoff.microseconds << Int64(min(failures, 20))
    let whole = min(doubled, settings.longestBackoff.microseconds)
    return Timespan(microseconds: whole / 2 + Int64(Double(whole / 2) * settings.chance()))
  }
}
