import TestSupport
import Testing

@testable import BreakerReplay

/// docs/simulate.md has all words and fields of a trace, and no others.
@Suite struct SimulatePageTests {
  @Test func theTablesHaveEveryWordAndField() throws {
    let rows = try DocumentationPage("docs/simulate.md").rows(under: "## Lines of JSON")
    let firstCells = rows.compactMap { $0.split(separator: "|").first }
    let words = firstCells.flatMap { $0.split(separator: "`").filter { !$0.contains(" ") } }.map(String.init)
    #expect(words.sorted() == (ActWord.allCases.map(\.name) + Field.allCases.map(\.name)).map(\.description).sorted())
  }
}
