import BreakerProtocol
import Testing

@testable import breakerctl

@Suite struct TextTableTests {
  private static let rows = [
    Fields("name=api state=open retry_ms=12"), Fields("name=long-name state=closed ok=1234"),
  ]

  @Test func columnsAreAlignedNumbersToTheRight() {
    #expect(
      TextTable(Self.rows).rendered(color: false) == """
        NAME       STATE   RETRY_MS    OK
        api        open          12     -
        long-name  closed         -  1234
        """)
  }

  @Test func statesAreColouredWithoutShiftingColumns() {
    let lines = TextTable(Self.rows).rendered(color: true).split(separator: "\n")
    #expect(lines[1] == "api        \u{1B}[31mopen\u{1B}[0m          12     -")
  }

  @Test func nothingSteersTheTerminal() {
    #expect(TextTable.printable("a\u{1B}[31m\u{9B}b\u{202E}é") == "a?[31m?b?é")
  }
}
