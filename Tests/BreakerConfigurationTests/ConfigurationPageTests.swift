import BreakerConfiguration
import TestSupport
import Testing

/// docs/configuration.md is held against the tables of the code.
@Suite struct ConfigurationPageTests {
  @Test func everyKeyHasItsRowAndNoOtherHas() throws {
    try expect(
      PolicyKey.allCases.map { key in
        DocumentationPage.row(
          code: key.rawValue, "\(key.entry.kind)", key.builtIn ?? "", key.entry.off ?? "", key.entry.help,
          key.peers.map { "\($0.peer) `\($0.name)`" }.joined(separator: ", "))
      }, under: "## Keys")
  }

  @Test func everyPresetHasItsRow() throws {
    let common = [
      "open.backoff=1", "open.jitter=0%", "recovery=traffic", "trip.window=none", "trip_on_success=false",
      "half_open.probes=1", "half_open.successes=1",
    ]
    try expect(
      Preset.all.map { preset in
        let words = preset.settings.filter { $0.value != "off" && $0.key != .openMaxDuration }
          .map { "\($0.key)=\($0.value)" }
        return DocumentationPage.row(
          code: preset.name, preset.library,
          words.filter { !common.contains($0) }.map { "`\($0)`" }.joined(separator: " "))
      }, under: "## Presets")
  }

  @Test func everyKeyOfTheDaemonHasItsRow() throws {
    try expect(
      DaemonKey.allCases.map { DocumentationPage.row(code: $0.rawValue, $0.kind, $0.builtIn, $0.help) },
      under: "## Daemon")
  }

  @Test func everyKeyOfAnEntryHasItsRow() throws {
    try expect(
      EntryKey.allCases.map { DocumentationPage.row(code: $0.rawValue, $0.kind, $0.help) }, under: "## Entries")
  }

  private func expect(_ rows: [String], under heading: String) throws {
    let found = try DocumentationPage("docs/configuration.md").rows(under: heading)
    #expect(found == rows, "the rows should be:\n\(rows.joined(separator: "\n"))")
  }
}
