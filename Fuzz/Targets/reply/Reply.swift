import BreakerCore
import BreakerProtocol

@testable import BreakerClient

/// Takes the bytes apart as lines of a server, as clients do: each by itself, and all of them in a row as what a watching
/// connection brings.
@_cdecl("LLVMFuzzerTestOneInput")
public func readReplies(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var rest = Bytes(start: start, count: count)
  var machine = WatchMachine(socketPath: "s")
  // So that rows and events come first.
  if rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: ">") { greet(&machine) }
  while !rest.isEmpty {
    let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.count
    let bytes = Bytes(rebasing: rest[..<end])
    rest = Bytes(rebasing: rest[min(end + 1, rest.count)...])
    guard let line = ServerLine(bytes) else {
      _ = machine.receivedGarbage(bytes)
      continue
    }
    precondition(line.tag.count + line.rest.count < bytes.count)
    look(at: line)
    _ = machine.received(line)
  }
  return 0
}

/// The connection has been greeted, and its list is to come, or has.
private func greet(_ machine: inout WatchMachine) {
  for text in ["+ok", "*0"] as [StaticString] {
    guard let line = ServerLine(Bytes(start: text.utf8Start, count: text.utf8CodeUnitCount)) else { continue }
    _ = machine.received(line)
  }
}

private func look(at line: ServerLine) {
  let (code, text) = line.codeAndText
  precondition(!code.utf8.contains(UInt8(ascii: " ")))
  // Where there is a byte that is no UTF-8, three take its place.
  precondition(code.utf8.count + text.utf8.count <= 3 * line.rest.count)
  if let (count, _) = line.listHeader { precondition(0...Int(Int32.max) ~= count) }
  let fields = Fields(line.text)
  precondition(!fields.words.contains { $0.isEmpty || $0.utf8.contains { $0 == UInt8(ascii: "=") } })
  for pair in fields.pairs {
    precondition(!pair.key.utf8.contains(UInt8(ascii: "=")))
    precondition(fields[pair.key] != nil)
  }
  if case .transition(let transition) = BreakerEvent(fields) {
    precondition(transition.figures.count <= fields.pairs.count)
  }
  if let answer = AllowAnswer(line.rest) { comesBack(answer) }
}

/// An answer that a server can give is read back as it was.
private func comesBack(_ answer: AllowAnswer) {
  var answer = answer
  if answer.isAllowed { answer.retryAfter = nil } else { answer.lease = nil }
  var replies = ReplyBuffer()
  let noTag = Bytes(start: nil, count: 0)
  if let decision = Decision(answer) {
    replies.decision(decision, tag: noTag)
  } else if answer.isAllowed, answer.reason == .unmanaged, answer.token == nil, answer.lease == nil {
    replies.unmanaged(tag: noTag)
  } else {
    return
  }
  replies.bytes.withUnsafeBytes { bytes in
    guard let line = ServerLine(Bytes(rebasing: bytes.dropLast())) else { preconditionFailure("no line") }
    precondition(AllowAnswer(line.rest) == answer, "\(answer)")
  }
}

extension Decision {
  /// The decision that a server tells in this way; nil: it tells none so.
  fileprivate init?(_ answer: AllowAnswer) {
    if answer.isAllowed {
      guard let token = answer.token else { return nil }
      let allowance: Allowance
      switch answer.reason {
      case .closed: allowance = .closed
      case .halfOpen: allowance = .halfOpen
      case .forcedClosed: allowance = .forcedClosed
      case .observe: allowance = .observe
      case .open, .forcedOpen, .unmanaged, .saturated, .ramp, .other: return nil
      }
      self = .allow(allowance, token, lease: answer.lease)
    } else {
      let refusal: Refusal
      switch answer.reason {
      case .open: refusal = .open
      case .halfOpen: refusal = .halfOpen
      case .forcedOpen: refusal = .forcedOpen
      case .saturated: refusal = .saturated
      case .ramp: refusal = .ramp
      case .closed, .forcedClosed, .observe, .unmanaged, .other: return nil
      }
      self = .deny(refusal, retryAfter: answer.retryAfter)
    }
  }
}
