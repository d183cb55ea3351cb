internal import BreakerCore
internal import BreakerProtocol
internal import DequeModule

/// What the lines of the daemon do.
extension ConnectionMachine {
  /// A line came.
  mutating func received(_ line: ServerLine, at now: Instant) -> [ConnectionEffect<Waiter>] {
    switch state {
    case .idle, .connecting, .backingOff, .closed: return []
    case .stalled: state = .up
    case .greeting, .up: break
    }
    switch line.kind {
    case .row: return receivedRow(line, at: now)
    case .fatal:
      let (code, text) = line.codeAndText
      return lose(.closedByDaemon(code: code, text: text), at: now)
    case .quietError:
      let (code, text) = line.codeAndText
      counts.reportsRefused += 1
      return complain(.reportRefused(code: code, text: text), now)
    case .event: return []
    case .reply, .error, .list: break
    }
    guard list == nil, let request = pending.first, Self.matches(line.tag, request.tag) else {
      return lose(.notBreakerd(line.sample), at: now)
    }
    if case .list = line.kind, !request.isHello, request.breaker == nil, let (count, cursor) = line.listHeader {
      list = OpenList(remaining: count, cursor: cursor)
      return finishList()
    }
    pending.removeFirst()
    if request.isHello { return greeted(by: line, at: now) }
    if request.waiter == nil { counts.lateReplies += 1 }
    switch line.kind {
    case .error:
      let (code, text) = line.codeAndText
      guard let waiter = request.waiter else { return [] }
      let answer = ConnectionEffect.answer(waiter, .error(code: code, text: text))
      guard request.breaker != nil else { return [answer] }
      counts.unavailable += 1
      return [answer] + complain(.unavailable(.refused(code: code, text: text)), now)
    case .reply:
      guard let breaker = request.breaker else {
        return request.waiter.map { [.answer($0, .reply(line.text))] } ?? []
      }
      guard let answer = AllowAnswer(line.rest) else { break }
      if let waiter = request.waiter { return [.answer(waiter, .allow(answer))] }
      return giveBack(answer, of: breaker, at: now)
    case .list, .row, .event, .quietError, .fatal: break
    }
    let effects = request.waiter.map { [ConnectionEffect.answer($0, .unavailable(.notBreakerd(line.sample)))] } ?? []
    return effects + lose(.notBreakerd(line.sample), at: now)
  }

  /// Nobody waits any more for this answer to an `allow`: what it granted goes back.
  mutating func giveBack(_ answer: AllowAnswer, of breaker: String, at now: Instant) -> [ConnectionEffect<Waiter>] {
    guard let token = answer.token, token.permit != 0 else { return [] }
    counts.permitsReturned += 1
    return report(.report(PendingReport(name: breaker, outcome: .ignore, token: token, endedAt: now)), at: now)
  }

  private mutating func greeted(by line: ServerLine, at now: Instant) -> [ConnectionEffect<Waiter>] {
    switch line.kind {
    case .reply:
      state = .up
      failures = 0
      isOnProbation = false
      return [.greeted(Fields(line.text))]
    case .error:
      let (code, text) = line.codeAndText
      return lose(.refused(code: code, text: text), at: now)
    case .list, .row, .event, .quietError, .fatal:
      return lose(.notBreakerd(line.sample), at: now)
    }
  }

  private mutating func receivedRow(_ line: ServerLine, at now: Instant) -> [ConnectionEffect<Waiter>] {
    guard list != nil else { return lose(.notBreakerd(line.sample), at: now) }
    if pending.first?.waiter != nil { list?.rows.append(line.text) }
    list?.remaining -= 1
    return finishList()
  }

  private mutating func finishList() -> [ConnectionEffect<Waiter>] {
    guard let finished = list, finished.remaining <= 0 else { return [] }
    list = nil
    guard let waiter = pending.popFirst()?.waiter else {
      counts.lateReplies += 1
      return []
    }
    return [.answer(waiter, .list(finished.rows, cursor: finished.cursor))]
  }

  private static func matches(_ tag: Bytes, _ number: UInt32) -> Bool {
    tag.elementsEqual(("@" + String(number, radix: 16)).utf8)
  }
}

extension ServerLine {
  /// The beginning of the line, for a message about whoever wrote it.
  fileprivate var sample: String {
    let start = [kind.rawValue] + tag.prefix(40) + (tag.isEmpty ? [] : [UInt8(ascii: " ")])
    return String(decoding: (start + rest.prefix(40)).prefix(40), as: UTF8.self)
  }
}
