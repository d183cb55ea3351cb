import BreakerProtocol
import TestSupport
import Testing

/// docs/protocol.md is held against the tables that the code runs on.
@Suite struct ProtocolPageTests {
  private let page: DocumentationPage

  init() throws { page = try DocumentationPage("docs/protocol.md") }

  @Test func everyVerbHasItsRowAndNoOtherHas() throws {
    let expected = VerbEntry.table.map { entry in
      DocumentationPage.row(code: entry.usage, entry.role.word, entry.help)
    }
    let found = try page.rows(under: "## Verbs")
    #expect(found == expected, "the rows should be:\n\(expected.joined(separator: "\n"))")
  }

  @Test func everyErrorCodeHasItsRowAndNoOtherHas() throws {
    let expected = ErrorCode.allCases.map { code in
      DocumentationPage.row(
        code: code.rawValue, code.isFatal ? "yes" : "no", code.isRetryable ? "yes" : "no", code.summary)
    }
    let found = try page.rows(under: "## Errors")
    #expect(found == expected, "the rows should be:\n\(expected.joined(separator: "\n"))")
  }

  @Test func theTableIsInTheOrderOfTheVerbsWithOneRowEach() {
    #expect(VerbEntry.table.map(\.verb) == Verb.allCases)
    #expect(Set(VerbEntry.table.map(\.word.description)).count == Verb.allCases.count)
  }
}
