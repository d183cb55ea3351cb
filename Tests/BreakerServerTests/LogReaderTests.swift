import BreakerCore
import BreakerProtocol
import Testing

@testable import BreakerServer

/// What watchers are told of the log of changes.
@Suite struct LogReaderTests {
  static func entry(_ name: String, _ slot: Int = 0) throws -> Entry {
    let moment = Moment(now: .zero, nextGeneration: 1, chance: 0)
    return Entry(name, slot: slot, following: try TestPolicies.policy(), at: moment)
  }

  /// A log, and what its lines say.
  private struct Host {
    var log = ChangeLog()
    var entries: [Entry] = []
    private var number: Int64 = 0
    /// As long as a real line.
    private let rest = String(repeating: "x", count: 150)

    init(_ count: Int, prefix: String = "n") throws {
      for slot in 0..<count { entries.append(try LogReaderTests.entry("\(prefix)\(slot)", slot)) }
    }

    mutating func move(_ entry: Entry) {
      number += 1
      log.append(entry, number: number, isForgotten: false, line: line(entry))
    }

    mutating func moveAll() { for entry in entries { move(entry) } }

    mutating func forget(_ entry: Entry) {
      number += 1
      log.append(
        entry, number: number, isForgotten: true, line: Array("forgotten \(name(entry)) \(number) \(rest)".utf8))
    }

    /// The same in time and made later, but for its first word.
    func line(_ entry: Entry, made: Bool = false) -> [UInt8] {
      Array(
        "\(made ? "made" : "moved") \(name(entry)) \(entry.latestChange == 0 || !made ? number : entry.latestChange) \(rest)"
          .utf8)
    }

    func name(_ entry: Entry) -> String { String(decoding: entry.name, as: UTF8.self) }

    func read(_ reader: inout LogReader, budget: Int = 1_000) -> [String] {
      var left = budget
      return text(reader.read(log, &left) { line($0, made: true) })
    }

    /// All that is to be read, in slices of this budget.
    func readAll(_ reader: inout LogReader, budget: Int = 1_000) -> [String] {
      var lines: [String] = []
      while reader.isBehind(log) { lines += read(&reader, budget: budget) }
      return lines
    }

    private func text(_ bytes: [UInt8]) -> [String] {
      bytes.split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private func reader(_ glob: String, _ host: Host) throws -> LogReader {
    LogReader(try #require(Glob(glob.utf8)), of: host.log)
  }

  private func skipped(_ lines: [String]) -> Int {
    lines.compactMap { $0.hasPrefix("> lag skipped=") ? Int($0.dropFirst(14).prefix { $0 != " " }) : nil }.reduce(0, +)
  }

  private func words(_ line: String) -> [Substring] { line.split(separator: " ") }

  /// The names of the lines that begin so, in order.
  private func names(_ lines: [String], _ kinds: Set<Substring>) -> [Substring] {
    lines.filter { kinds.contains(words($0)[0]) }.map { words($0)[1] }
  }

  private func numbers(_ lines: [String]) -> [Int] {
    lines.filter { !$0.hasPrefix("> lag") }.compactMap { Int(words($0)[2]) }
  }

  @Test func whoKeepsUpIsToldEverythingInOrder() throws {
    var host = try Host(3)
    host.moveAll()
    var reader = try reader("*", host)
    #expect(!reader.isBehind(host.log))
    host.move(host.entries[1])
    host.move(host.entries[1])
    host.forget(host.entries[2])
    let lines = host.readAll(&reader)
    #expect(numbers(lines) == [4, 5, 6])
    #expect(lines.map { words($0)[0] } == ["moved", "moved", "forgotten"])
    #expect(!reader.isBehind(host.log))
  }

  @Test(arguments: [10, 100, 1_000, 50_000])
  func whoSleptLearnsTheNewestOfEachAndHowManyWereSkipped(budget: Int) throws {
    var host = try Host(3_000)
    var reader = try reader("*", host)
    for _ in 0..<20 { host.moveAll() }
    let lines = host.readAll(&reader, budget: budget)
    let told = names(lines, ["moved", "made"])
    #expect(Set(told).count == 3_000)
    #expect(told.count + skipped(lines) == 60_000)
    #expect(numbers(lines) == numbers(lines).sorted())
    #expect(Set(numbers(lines)).count == numbers(lines).count)
    #expect(lines[0].hasPrefix("> lag skipped=") || budget < 10_000)
  }

  /// However long it sleeps, and however many do.
  @Test func theLogGrowsWithTheBreakersNotWithTheChanges() throws {
    var host = try Host(2_000)
    var most = 0
    for _ in 0..<100 {
      host.moveAll()
      most = max(most, host.log.count)
    }
    // Those that have their lines, and those that do not.
    #expect(most < ChangeLog.lineLimit / 150 + 3 * 2_000, "\(most)")
    var other = try Host(0)
    other.entries = try (0..<20_000).map { try LogReaderTests.entry("m\($0)", $0) }
    for _ in 0..<5 { other.moveAll() }
    #expect(other.log.count < ChangeLog.lineLimit / 150 + 3 * 20_000, "\(other.log.count)")
  }

  /// While it reads, more comes.
  @Test func nothingIsLostBetweenTwoPortions() throws {
    var host = try Host(2_000)
    var reader = try reader("*", host)
    for _ in 0..<10 { host.moveAll() }
    var lines: [String] = []
    var moves = 20_000
    while reader.isBehind(host.log) {
      lines += host.read(&reader, budget: 700)
      if moves < 60_000 {
        for entry in host.entries.prefix(900) { host.move(entry) }
        moves += 900
      }
    }
    #expect(names(lines, ["moved", "made"]).count + skipped(lines) == moves)
    var last: [Substring: Int] = [:]
    for line in lines where !line.hasPrefix("> lag") { last[words(line)[1]] = Int(words(line)[2]) }
    for entry in host.entries { #expect(last[Substring(host.name(entry))] == Int(entry.latestChange)) }
  }

  @Test func onlyWhatItAskedForIsTold() throws {
    var host = try Host(1_000)
    var reader = try reader("n99?", host)
    for _ in 0..<30 { host.moveAll() }
    let lines = host.readAll(&reader)
    let told = names(lines, ["moved", "made"])
    #expect(Set(told) == Set((990...999).map { "n\($0)" }))
    // At least those of its own that it is not told of.
    #expect(skipped(lines) >= 300 - told.count)
    #expect(skipped(lines) <= 30_000 - told.count)
  }

  /// What was told before it fell asleep is not counted as skipped.
  @Test func whatWasToldIsNotSkipped() throws {
    var host = try Host(1_000)
    var reader = try reader("*", host)
    host.moveAll()
    #expect(skipped(host.readAll(&reader)) == 0)
    for _ in 0..<30 { host.moveAll() }
    let lines = host.readAll(&reader)
    #expect(skipped(lines) + names(lines, ["moved", "made"]).count == 30_000)
  }

  /// Names come back after they were forgotten.
  @Test func whatWasForgottenIsToldBeforeItsNameComesBack() throws {
    var host = try Host(1_000)
    var reader = try reader("*", host)
    host.moveAll()
    let old = host.entries[7]
    host.forget(old)
    host.entries[7] = try LogReaderTests.entry("n7", 7)
    for _ in 0..<20 { host.moveAll() }
    let lines = host.readAll(&reader)
    let seven = lines.filter { !$0.hasPrefix("> lag") && words($0)[1] == "n7" }.map { words($0)[0] }
    #expect(seven.first == "forgotten")
    #expect(seven.dropFirst().allSatisfy { $0 != "forgotten" } && seven.count > 1)
    #expect(skipped(lines) + names(lines, ["moved", "made"]).count == 21_000)
  }

  @Test func saysThatMoreWereForgottenThanItCanTell() throws {
    var host = try Host(20_000)
    var reader = try reader("*", host)
    for entry in host.entries { host.forget(entry) }
    let lines = host.readAll(&reader)
    #expect(lines.first == "> lag skipped=0 list=again")
    #expect(lines.count { $0.hasPrefix("> lag") } == 1)
    let told = names(lines, ["forgotten"])
    #expect(told.count >= ChangeLog.forgottenLimit && told.count < 20_000)
    #expect(told.last == "n19999")
    #expect(host.log.count < ChangeLog.lineLimit / 150 + 2 * ChangeLog.forgottenLimit)
    let next = try LogReaderTests.entry("next", 1)
    host.move(next)
    #expect(names(host.readAll(&reader), ["moved"]) == ["next"])
  }
}
