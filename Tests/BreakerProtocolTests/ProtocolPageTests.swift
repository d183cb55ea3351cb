import BreakerProtocol
import Foundation
import Testing

/// docs/protocol.md is held against the tables that the code runs on.
@Suite struct ProtocolPageTests {
  private let page: String

  init() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    page = try String(contentsOf: root.appending(path: "docs/protocol.md"), encoding: .utf8)
  }

  private func rows(after heading: String) throws -> [Substring] {
    let start = try #require(page.range(of: "\n\(heading)\n"), "no heading \(heading)")
    let section = page[start.upperBound...].prefix(
      upTo: page[start.upperBound...].range(of: "\n## ")?.lowerBound ?? page.endIndex)
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }
  }

  @Test func `every verb has its row, and no other has`() throws {
    let expected = VerbEntry.table.map { entry in
      "| `\(entry.usage.replacing("|", with: "\\|"))` | \(entry.role.word) | \(entry.help) |"
    }
    let found = try rows(after: "## Verbs").map(String.init)
    #expect(found == expected, "replace the rows by:\n\(expected.joined(separator: "\n"))")
  }

  @Test func `every error code has its row, and no other has`() throws {
    let expected = ErrorCode.allCases.map { code in
      "| `\(code.rawValue)` | \(code.isFatal ? "yes" : "no") | \(code.isRetryable ? "yes" : "no") | \(code.summary) |"
    }
    let found = try rows(after: "## Errors").map(String.init)
    #expect(found == expected, "replace the rows by:\n\(expected.joined(separator: "\n"))")
  }

  @Test func `the table is in the order of the verbs, with one row each`() {
    #expect(VerbEntry.table.map(\.verb) == Verb.allCases)
    #expect(Set(VerbEntry.table.map(\.word.description)).count == Verb.allCases.count)
  }
}
