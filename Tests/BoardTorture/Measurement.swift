import BreakerBoard
import Glibc

extension BoardTorture {
  /// Prints how long things take with a board of a million names at `path`.
  static func measure(_ path: String) throws {
    let names = (0..<1_000_000).map { Array("payments-api.example.com-\($0)".utf8) }
    let identity = BoardIdentity(epoch: 1, seed: .random(in: 0 ... .max), base: BoardClock.coarse)
    var made: BoardWriter?
    try timed("making a file for 1,000,000 names", times: 1) {
      made = try BoardWriter(path: path, identity: identity, names: names.count)
    }
    guard let writer = made else { return }
    try writer.place(at: BoardClock.coarse)
    func publishAll(_ word: BoardWord) {
      for name in names { name.withUnsafeBytes { _ = writer.publish(word, slowCall: 0, for: $0) } }
    }
    timed("publishing a new name", times: names.count) { publishAll(BoardWord(.closed, generation: 1)) }
    timed("publishing a change", times: names.count) { publishAll(BoardWord(.closed, generation: 2)) }
    timed("publishing what is there", times: names.count) { publishAll(BoardWord(.closed, generation: 2)) }
    print("names without a slot: \(writer.overflow)")
    try decide(path, writer)
    try grow(writer)
  }

  private static func decide(_ path: String, _ writer: BoardWriter) throws {
    guard let slot = try BoardReader(path: path).find("payments-api.example.com-7") else { return }
    let now = BoardClock.coarse
    writer.beat(at: now)
    let times = 20_000_000
    var allowed = 0
    timed("deciding", times: times) { allowed += count(times) { slot.decide(at: now) } }
    timed("deciding, with the clock", times: times) { allowed += count(times) { slot.decide(at: BoardClock.coarse) } }
    print("allowed: \(allowed)")
  }

  /// How many of so many decisions allow.
  @inline(__always) private static func count(_ times: Int, _ decide: () -> BoardDecision) -> Int {
    var allowed = 0
    for _ in 0..<times { if case .allow = decide() { allowed &+= 1 } }
    return allowed
  }

  /// Adds names until a larger file is needed, and makes it in slices of 1,000.
  private static func grow(_ writer: BoardWriter) throws {
    var number = 0
    while !writer.needsRoom {
      withUnsafeBytes(of: number) { _ = writer.publish(BoardWord(.closed, generation: 1), slowCall: 0, for: $0) }
      number += 1
    }
    var slices: [Int64] = []
    var isDone = false
    while !isDone { slices.append(try nanoseconds { isDone = try !writer.grow(1_000) }) }
    slices.sort()
    print("a larger file for \(writer.names) names: \(slices.count) slices of \(slices[slices.count / 2] / 1_000) us,")
    print("  99 % \(slices[slices.count * 99 / 100] / 1_000) us, longest \(slices[slices.count - 1] / 1_000) us")
  }

  private static func timed(_ what: String, times: Int, _ body: () throws -> Void) rethrows {
    let time = try nanoseconds(body)
    print(times == 1 ? "\(what): \(time / 1_000_000) ms" : "\(what): \(Double(time / Int64(times / 10)) / 10) ns")
  }

  private static func nanoseconds(_ body: () throws -> Void) rethrows -> Int64 {
    let time = try ContinuousClock().measure(body).components
    return time.seconds * 1_000_000_000 + time.attoseconds / 1_000_000_000
  }
}
