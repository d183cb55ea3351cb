import BreakerProtocol
import TestSupport
import Testing

@testable import BreakerConfiguration

@Suite struct RuleIndexTests {
  private func index(_ patterns: [String]) throws -> RuleIndex { RuleIndex(try patterns.map { try NamePattern($0) }) }

  @Test(
    arguments: [
      ("a", ["a"], 0), ("b", ["a"], nil), ("ab", ["a*", "ab"], 0), ("ab", ["ab", "a*"], 0), ("ac", ["ab", "a*"], 1),
      ("pay-eu-1", ["pay-eu-*", "pay-*", "*"], 0), ("pay-us", ["pay-eu-*", "pay-*", "*"], 1),
      ("x", ["pay-eu-*", "pay-*", "*"], 2), ("x-db", ["*-db", "x*"], 0), ("x-dc", ["*-db", "x*"], 1),
      ("ab", ["a?c", "a?", "??"], 1), ("zb", ["a?c", "a?", "??"], 2), ("a", [], nil), ("a", ["a", "a"], 0),
      ("a-db", ["*-db", "*b"], 0), ("a-db", ["*b", "*-db"], 0), ("a-db", ["a*b", "*-db"], 0),
      ("db", ["*-db", "d*"], 1),
      ("a1-db", ["a?-db", "a*-db"], 0), ("a12-db", ["a?-db", "a*-db"], 1), ("xyx", ["x*yx", "*yx"], 0),
      ("yx", ["y*yx", "*yx"], 1),
      ("aa", ["a*aa", "*a"], 1),
      ("abc", ["abcd*", "abc", "ab*"], 1), ("abd", ["abcd*", "abc", "ab*"], 2),
    ] as [(String, [String], Int?)])
  func findsTheFirst(_ name: String, _ patterns: [String], _ number: Int?) throws {
    #expect(try index(patterns).first(matching: name.utf8) == number)
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func findsWhatTryingOneByOneFinds(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var matched = 0
    for _ in 0..<200 {
      let patterns = (0..<Int.random(in: 0...30, using: &random)).compactMap { _ in
        try? NamePattern(word("ab?*-", 1...6, &random))
      }
      let index = RuleIndex(patterns)
      for _ in 0..<20 {
        let name = Array(word("ab-", 1...7, &random).utf8)
        let expected = patterns.firstIndex { $0.glob.matches(name) }
        #expect(index.first(matching: name) == expected)
        if expected != nil { matched += 1 }
      }
    }
    #expect(matched > 1_000)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func whatCoversAPatternMatchesAllItsNames(_ seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    var covered = 0
    for _ in 0..<300 {
      let patterns = (0..<10).compactMap { _ in try? NamePattern(word("ab?*", 1...4, &random)) }
      let index = RuleIndex(patterns)
      for (number, pattern) in patterns.enumerated() {
        guard let first = index.first(covering: pattern), first < number else { continue }
        covered += 1
        for _ in 0..<20 {
          let name = Array(word("ab", 1...6, &random).utf8)
          if pattern.glob.matches(name) { #expect(patterns[first].glob.matches(name)) }
        }
      }
    }
    #expect(covered > 100)
  }

  @Test(arguments: ["a", "a*", "*a", "a?", "?", "*a*", "a*b", "**"])
  func anEqualPatternCoversIt(_ text: String) throws {
    #expect(try index(["zz", text, text]).first(covering: NamePattern(text)) == 1)
  }

  @Test(arguments: [("*-db", "x*-db"), ("*-db", "*-my-db"), ("*-db", "a-db"), ("x*", "x?-db"), ("**b", "*ab")])
  func aPatternOfNothingButAnEndCovers(_ wide: String, _ narrow: String) throws {
    let index = try index([wide, narrow])
    #expect(try index.first(covering: NamePattern(narrow)) == 0)
    #expect(try index.first(covering: NamePattern(wide)) == 0)
    #expect(try self.index([narrow, wide]).first(covering: NamePattern(wide)) == 1)
  }

  /// As many patterns as a configuration has at most are no reason to wait for a name, whichever side they are told by.
  @Test(arguments: ["app%-*", "*-app%"])
  func eachOfManyPatternsIsFoundAtOnce(_ form: String) throws {
    let patterns = (0..<10_000).map { form.replacing("%", with: "\($0)") }
    let index = try index(patterns)
    var names = 0
    let taken = ContinuousClock().measure {
      for number in stride(from: 0, to: patterns.count, by: 7) {
        let name = patterns[number].replacing("*", with: "a")
        names += index.first(matching: name.utf8) == number ? 1 : 0
      }
    }
    #expect(names == 1_429)
    #expect(taken < .seconds(10))
  }

  @Test(arguments: ["a", "*", "?", "a*b?", "*.x", "?.x", "_", "**", String(repeating: "a", count: 100)])
  func takes(_ text: String) throws { _ = try NamePattern(text) }

  @Test(arguments: [
    "", " ", "ä", ".a", "-*", ".*x", "a%", String(repeating: "a", count: 101), String(repeating: "?", count: 101),
  ])
  func refuses(_ text: String) { #expect(throws: (any Error).self) { try NamePattern(text) } }

  private func word(_ letters: String, _ length: ClosedRange<Int>, _ random: inout SplitMix64) -> String {
    let letters = Array(letters)
    return String(
      (0..<Int.random(in: length, using: &random)).map { _ in
        letters[Int.random(in: letters.indices, using: &random)]
      })
  }
}
