import BreakerCore
import BreakerProtocol

@testable import BreakerClient

/// A machine in virtual time, fed with text. Waiters are numbers.
struct MachineBench {
  var machine: ConnectionMachine<Int>
  var now = Instant.zero

  init(_ change: (inout ConnectionSettings) -> Void = { _ in }) {
    var settings = ConnectionSettings(
      hello: RequestLine(.ping), deadline: .milliseconds(50), firstTag: 0xA0, chance: { 0 })
    change(&settings)
    machine = ConnectionMachine(settings: settings)
  }

  /// A machine whose `hello` was answered; the next tag is a1.
  static func up(_ change: (inout ConnectionSettings) -> Void = { _ in }) -> MachineBench {
    var bench = MachineBench(change)
    _ = bench.allow(0)
    _ = bench.connected()
    _ = bench.line("+@a0 ok version=1")
    _ = bench.line("+@a1 allow closed 1")
    bench.machine.nextTag = 0xA1
    return bench
  }

  mutating func after(_ milliseconds: Int64) { now = now + .milliseconds(milliseconds) }

  mutating func allow(_ waiter: Int, _ name: String = "api") -> [ConnectionEffect<Int>] {
    machine.submit(.allow(name), breaker: name, waiter: waiter, deadline: now + .milliseconds(50), at: now)
  }

  mutating func request(_ waiter: Int, _ verb: Verb, within milliseconds: Int64) -> [ConnectionEffect<Int>] {
    machine.submit(RequestLine(verb), waiter: waiter, deadline: now + .milliseconds(milliseconds), at: now)
  }

  mutating func report(_ outcome: Outcome, _ token: Token?) -> [ConnectionEffect<Int>] {
    machine.report(.report(PendingReport(name: "api", outcome: outcome, token: token, endedAt: now)), at: now)
  }

  mutating func connected() -> [ConnectionEffect<Int>] { machine.connected(at: now) }

  mutating func tick() -> [ConnectionEffect<Int>] { machine.tick(at: now) }

  mutating func line(_ text: String) -> [ConnectionEffect<Int>] {
    var bytes = text
    return bytes.withUTF8 { bytes in
      guard let line = ServerLine(Bytes(bytes)) else { return machine.receivedGarbage(text, at: now) }
      return machine.received(line, at: now)
    }
  }
}

extension [ConnectionEffect<Int>] {
  /// The effects in words, one each: a table of them reads better than values.
  var words: [String] {
    map { effect in
      switch effect {
      case .connect: "connect"
      case .send(let line, let tag): "@\(String(tag, radix: 16)) " + String(decoding: line.bytes, as: UTF8.self)
      case .answer(let waiter, .allow(let answer)):
        "\(waiter): \(answer.isAllowed ? "allow" : "deny") \(answer.reason.word)"
      case .answer(let waiter, .reply(let text)): "\(waiter): \(text)"
      case .answer(let waiter, .list(let rows, let cursor)): "\(waiter): \(rows) \(cursor ?? "-")"
      case .answer(let waiter, .error(let code, let text)): "\(waiter): error \(code) \(text)"
      case .answer(let waiter, .unavailable(let reason)): "\(waiter): \(reason)"
      case .greeted(let words): "greeted \(words["board"] ?? "-")"
      case .disconnect: "disconnect"
      case .complain: "complain"
      }
    }
  }
}
