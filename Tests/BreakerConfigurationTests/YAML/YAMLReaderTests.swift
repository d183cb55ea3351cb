import Testing

@testable import BreakerConfiguration

@Suite struct YAMLReaderTests {
  @Test func keepsTextAsItIsWritten() throws {
    let (root, problems) = try YAMLReader.read(
      Array("{a: 050, b: '050', c: 1e3, d: ~, e: \"x\\0y\", f: , g: yes}".utf8))
    guard case .mapping(let pairs)? = root?.content else {
      Issue.record("no mapping")
      return
    }
    #expect(problems.isEmpty)
    #expect(pairs.map(\.key) == ["a", "b", "c", "d", "e", "f", "g"])
    let texts = pairs.map { pair in if case .scalar(let text, _) = pair.value.content { text } else { "" } }
    #expect(texts == ["050", "050", "1e3", "~", "x\0y", "", "yes"])
    #expect(pairs.map(\.value.isEmpty) == [false, false, false, true, false, true, false])
  }

  @Test(arguments: ["", "# only a comment\n", "---\n", "\u{FEFF}", "%YAML 1.1\n---\n"])
  func emptyTextSaysNothing(_ text: String) throws {
    let root = try YAMLReader.read(Array(text.utf8)).root
    #expect(root?.isEmpty ?? true)
  }

  @Test func allowsSixteenLevels() throws {
    _ = try YAMLReader.read(Array((String(repeating: "[", count: 16) + String(repeating: "]", count: 16)).utf8))
    for (open, end) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
      let text = String(repeating: open, count: 17) + "a" + String(repeating: end, count: 17)
      let error = #expect(throws: YAMLError.self) { try YAMLReader.read(Array(text.utf8)) }
      #expect(error?.message == "blocks lie in each other more than 16 deep")
    }
  }

  /// Each is short to read and would be long to build, or deep.
  @Test(arguments: [
    String(repeating: "[", count: 1_000_000), String(repeating: "{a: ", count: 300_000),
    String(repeating: "- ", count: 500_000), String(repeating: "? ", count: 500_000),
    (0..<5_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
    "a0: &a0 [x]\n" + (1..<30).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined(),
    "? &a [&b [x, x], *b, *b]\n: *a\n", "a: &a [*a]", String(repeating: "!!map ", count: 100_000),
    String(repeating: "\"", count: 1_000_001), String(repeating: "&a ", count: 100_000),
  ])
  func aHostileDocumentIsRefused(_ text: String) {
    #expect(throws: YAMLError.self) { try YAMLReader.read(Array(text.utf8)) }
  }

  @Test func aLongListIsOnlyLong() throws {
    let text = "[" + String(repeating: "[],", count: 200_000) + "]"
    guard case .sequence(let items)? = try YAMLReader.read(Array(text.utf8)).root?.content else {
      Issue.record("no list")
      return
    }
    #expect(items.count == 200_000)
  }

  @Test func tellsEachKeyThatStandsTwice() throws {
    let (root, problems) = try YAMLReader.read(Array("a: 1\nb: {c: 1, 'c': 2}\na: 2\n".utf8))
    guard case .mapping(let pairs)? = root?.content else {
      Issue.record("no mapping")
      return
    }
    #expect(pairs.map(\.key) == ["a", "b"])
    #expect(problems.map { "\($0.position.line):\($0.position.column)" } == ["2:11", "3:1"])
  }
}
