import BreakerProtocol
import TestSupport
import Testing

@Suite struct GlobTests {
  @Test(arguments: [
    ("*", "", true), ("*", "api", true), ("api", "api", true), ("api", "apis", false), ("api", "ap", false),
    ("a?i", "api", true), ("a?i", "ai", false), ("a*", "a", true), ("a*", "b", false), ("*a", "ba", true),
    ("*a*", "bab", true), ("a*b*c", "a-b-c", true), ("a*b*c", "acb", false), ("**", "x", true), ("?", "", false),
    ("*?", "x", true), ("*?", "", false), ("a**b", "ab", true),
  ])
  func `it matches whole names`(pattern: String, name: String, matches: Bool) throws {
    let glob = try #require(Glob(pattern.utf8))
    #expect(glob.matches(name.utf8) == matches)
  }

  @Test func `it agrees with plain recursion`() throws {
    var random = SplitMix64(seed: 1)
    for _ in 0..<20_000 {
      let pattern = (0..<Int.random(in: 1...8, using: &random)).map { _ in random.pick(Array("ab*?")) }
      let name = (0..<Int.random(in: 0...8, using: &random)).map { _ in random.pick(Array("abc")) }
      let glob = try #require(Glob(String(pattern).utf8))
      let expected = Self.matches(pattern[...], name[...])
      #expect(glob.matches(String(name).utf8) == expected, "\(String(pattern)) on \(String(name))")
    }
  }

  @Test func `the longest pattern works to its last byte`() throws {
    let name = String(repeating: "a", count: Limits.name)
    let glob = try #require(Glob((String(repeating: "?", count: 99) + "a" + String(repeating: "*", count: 27)).utf8))
    #expect(glob.matches(name.utf8))
    #expect(!glob.matches(name.dropLast().utf8))
    #expect(Glob(String(repeating: "*", count: 128).utf8) == nil)
    #expect(Glob("".utf8) == nil)
    #expect(Glob("a b".utf8) == nil)
  }

  @Test func `a pattern without wildcards is a name`() {
    #expect(Glob("api".utf8)?.literal == Array("api".utf8))
    #expect(Glob("ap?".utf8)?.literal == nil)
  }

  private static func matches(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" {
      return matches(pattern.dropFirst(), name) || !name.isEmpty && matches(pattern, name.dropFirst())
    }
    guard let letter = name.first, first == "?" || first == letter else { return false }
    return matches(pattern.dropFirst(), name.dropFirst())
  }
}
