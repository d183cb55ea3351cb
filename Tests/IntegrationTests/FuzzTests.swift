import Synchronization
import Testing

/// Lines put together at random from pieces of the grammar: one reply a request, in order, and no end to it.
@Suite struct FuzzTests {
  @Test func `random lines are answered one by one in order`() throws {
    let seed = UInt64.random(in: 0 ... .max)
    let daemon = try DaemonProcess(["--log-level", "critical", "--default", "open.duration=5ms"])
    let lines = 50_000
    let batch = 500
    #expect(throws: Never.self) {
      try onThreads(4) { thread in
        var random = SplitMix(state: seed &+ UInt64(thread))
        let client = thread % 2 == 0 ? try daemon.client() : try daemon.admin()
        for start in stride(from: 0, to: lines, by: batch) {
          let requests = (start..<start + batch).map { FuzzLine(number: $0, &random) }
          try client.send(requests.flatMap(\.bytes) + Array("@end ping\n".utf8))
          for request in requests {
            guard try request.isAnswered(by: client) else {
              Issue.record("seed \(seed), thread \(thread): \(String(decoding: request.bytes, as: UTF8.self))")
              return
            }
          }
          #expect(try client.line() == "+@end ok pong", "seed \(seed), thread \(thread), before \(start + batch)")
        }
      }
    }
    #expect(daemon.isWell, "seed \(seed): \(daemon.errors)")
  }
}

/// A request with a tag of its own, and whether it is answered.
private struct FuzzLine {
  let number: Int
  let bytes: [UInt8]
  private let mayBeQuiet: Bool

  private static let pieces = [
    "allow", "report", "denied", "state", "show", "list", "hello", "ping", "help", "stats", "health", "reset", "force",
    "release", "set", "unset", "forget", "clients", "loglevel", "api", "db", "api", "a*", "?", "*", "nobody", "ok",
    "fail", "ignore", "open", "closed", "observe", "1", "2", "0", "1.1", "16777215", "16777216", "9.4294967295",
    "quiet", "quiet=1", "ms=1", "ms=-1", "n=1", "n=1000000", "n=1000001", "age=0", "age=99999999999999999999", "age=5",
    "err=x", "err=%20", "err=%zz", "err=%00", "lease=1ms", "lease=10d", "lease=0s", "lease=1e3s", "limit=1",
    "limit=3", "cursor=0", "cursor=4294967295", "client=a/1", "bound=yes", "bound=no", "bound=maybe", "name=w",
    "for=1ms", "for=300000d", "why=x", "?x=y", "?x", "x=y", "=", "", "@x", "critical", "error",
    "trip.consecutive_failures=1", "trip.failure_rate=50%25", "trip.window.calls=3", "trip.window.time=10ms",
    "open.duration=1ms", "open.jitter=0%25", "half_open.probes=2", "half_open.lease=1ms", "half_open.max_wait=1ms",
    "open.duration", "recovery=manual", "trip.consecutive_failures=off", "\u{FC}", "\0", "\u{7F}", "\r",
  ]

  /// Sensible beginnings, so that not everything is refused at its first word.
  private static let starts = [
    "allow api", "allow db", "report api ok", "report api fail", "report db fail", "report db ignore", "denied api",
    "report api fail quiet", "set api", "force db", "unset api", "state api", "list limit=2",
  ]

  init(number: Int, _ random: inout SplitMix) {
    self.number = number
    var words = Bool.random(using: &random) ? [Self.starts[Int(random.next() % UInt64(Self.starts.count))]] : []
    for _ in 0..<random.next() % 5 { words.append(Self.pieces[Int(random.next() % UInt64(Self.pieces.count))]) }
    if words.isEmpty { words = ["ping"] }
    mayBeQuiet = words.contains { $0.hasSuffix("quiet") }
    var bytes = Array("@\(number) \(words.joined(separator: " "))".utf8)
    if random.next() % 20 == 0 { Self.damage(&bytes, &random) }
    self.bytes = bytes + [10]
  }

  /// Changes a byte behind the tag to any other but those that end lines, or make the line quiet.
  private static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard let space = bytes.firstIndex(of: 0x20), space + 1 < bytes.count else { return }
    let index = space + 1 + Int(random.next() % UInt64(bytes.count - space - 1))
    let byte = UInt8(truncatingIfNeeded: random.next())
    bytes[index] = byte == 10 ? 0 : byte
  }

  /// Reads the reply; a quiet one has none, which only the next shows.
  func isAnswered(by client: LineClient) throws -> Bool {
    let tag = "@\(number) "
    if mayBeQuiet {
      guard let next = try client.peek(), next.dropFirst().hasPrefix(tag) else { return true }
    }
    let line = try client.line()
    guard line.dropFirst().hasPrefix(tag) else { return false }
    switch line.first {
    case "+", "-": return true
    case "~": return mayBeQuiet
    case "*":
      let count = line.dropFirst(tag.count + 1).prefix { $0.isNumber }
      return try client.lines(Int(count) ?? 0).allSatisfy { $0.hasPrefix(" ") }
    default: return false
    }
  }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers for the same seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
