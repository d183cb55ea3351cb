import BreakerConfiguration
import TestSupport
import Testing

/// docs/configuration.md is held against the table of keys.
@Suite struct ConfigurationPageTests {
  @Test func everyKeyHasItsRowAndNoOtherHas() throws {
    let expected = PolicyKey.allCases.map { key in
      DocumentationPage.row(
        code: key.rawValue, "\(key.entry.kind)", key.builtIn ?? "", key.entry.off ?? "", key.entry.help)
    }
    let found = try DocumentationPage("docs/configuration.md").rows(under: "## Keys")
    #expect(found == expected, "the rows should be:\n\(expected.joined(separator: "\n"))")
  }
}
