import TestSupport
import Testing

/// The examples of docs/migrating.md are run as they stand there.
@Suite(.offThePool) struct MigrationPageTests {
  @Test func eachCommandPrintsWhatThePageSays() throws {
    let blocks = try DocumentationPage("docs/migrating.md").fencedBlocks
    let scratch = try ScratchDirectory()
    var files: [String: String] = [:]
    var commands = 0
    for block in blocks {
      if let file = block.file {
        #expect(files[file] == nil, "\(file) is there twice")
        files[file] = try scratch.write(file, block.text)
      }
      guard block.language == "console" else { continue }
      let lines = block.text.split(separator: "\n", maxSplits: 1).map(String.init)
      let words = try #require(lines.first).split(separator: " ").map(String.init)
      try #require(words.prefix(2) == ["$", "breakerd"], "\(lines)")
      let run = try Command([DaemonProcess.program] + words.dropFirst(2).map { files[$0] ?? $0 })
      #expect(run.ending == .exit(0) && run.error.isEmpty, "\(lines[0]): \(run)")
      #expect(run.output == lines.dropFirst().first ?? "", "\(lines[0])")
      commands += 1
    }
    #expect(commands == blocks.count { $0.language == "yaml" } && commands > 7)
  }
}
