import BreakerConfiguration
import Foundation
import Testing

/// Configurations in files.
@Suite struct ConfigurationSourceTests {
  private let directory: URL
  private var file: String { directory.path + "/breakerd.yaml" }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appending(path: "breakerd-conf-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory.appending(path: "conf.d"), withIntermediateDirectories: true)
  }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: directory.appending(path: name))
  }

  private func load() throws(ConfigurationError) -> Configuration { try ConfigurationSource(file: file).load() }

  private func remove() { try? FileManager.default.removeItem(at: directory) }

  @Test func addsTheFilesOfConfDInTheOrderOfTheirBytes() throws {
    defer { remove() }
    try write("breakerd.yaml", "breakers: [{match: main}]")
    try write("conf.d/b.yaml", "breakers: [{match: b}, {match: x, owner: b}]")
    try write("conf.d/B.yaml", "breakers: [{match: B}]")
    try write("conf.d/ä.yaml", "")
    try write("conf.d/.hidden.yaml", "nonsense: 1")
    try write("conf.d/b.yaml~", "nonsense: 1")
    try write("conf.d/README", "nonsense: 1")
    let configuration = try load()
    #expect(configuration.rules.map(\.pattern) == ["main", "B", "b", "x"])
    #expect(
      configuration.files.map { $0.dropFirst(directory.path.count) } == [
        "/breakerd.yaml", "/conf.d/B.yaml", "/conf.d/b.yaml", "/conf.d/ä.yaml",
      ])
    #expect(configuration.rule("x").location?.description == "\(directory.path)/conf.d/b.yaml:1:24")
  }

  @Test func aFileOfConfDHasBreakersOnly() throws {
    defer { remove() }
    try write("breakerd.yaml", "breakers: [{match: a}]\ndefaults: {trip: {failures: 20}}")
    try write("conf.d/1.yaml", "defaults: {}\nbreaker: []")
    try write("conf.d/2.yaml", "breakers: [{match: a}, {match: b, trip: {window: {calls: 5}}}]")
    let error = #expect(throws: ConfigurationError.self) { try load() }
    let path = directory.path
    #expect(
      error?.problems.map(\.description) == [
        "\(path)/breakerd.yaml:2:19: trip.failures: 20 can never be reached in trip.window.calls=5; write 5 or less "
          + "(for the pattern \"b\" at \(path)/conf.d/2.yaml:1:24)",
        "\(path)/conf.d/1.yaml:1:1: 'defaults' belongs into the main file; the files of conf.d have 'breakers' only",
        "\(path)/conf.d/1.yaml:2:1: unknown key 'breaker', did you mean 'breakers'?",
        "\(path)/conf.d/2.yaml:1:12: the pattern \"a\" stands at \(path)/breakerd.yaml:1:12 already; keep one of them",
      ])
  }

  @Test func whatCannotBeReadHidesNothingOfTheOtherFiles() throws {
    defer { remove() }
    for name in ["b", "d"] {
      try FileManager.default.createDirectory(
        at: directory.appending(path: "conf.d/\(name).yaml"), withIntermediateDirectories: false)
    }
    try write("conf.d/a.yaml", "breaker: []")
    try write("conf.d/c.yaml", "breakers: [{match: x, lumb: 1s}]")
    let error = #expect(throws: ConfigurationError.self) { try load() }
    let path = directory.path
    #expect(
      error?.problems.map(\.description) == [
        "\(file) cannot be read: No such file or directory", "\(path)/conf.d/b.yaml is not a file",
        "\(path)/conf.d/d.yaml is not a file",
        "\(path)/conf.d/a.yaml:1:1: unknown key 'breaker', did you mean 'breakers'?",
        "\(path)/conf.d/c.yaml:1:23: unknown key 'lumb', did you mean 'lump'?",
      ])
  }

  @Test func onlyAnOptionalFileMayBeMissing() throws {
    defer { remove() }
    let error = #expect(throws: ConfigurationError.self) { try load() }
    #expect(error?.description == "\(file) cannot be read: No such file or directory")
    let configuration = try ConfigurationSource(file: file, isOptional: true).load()
    #expect(configuration.files.isEmpty && configuration.rules.isEmpty)
    try write("conf.d/a.yaml", "breakers: [{match: a}]")
    #expect(try ConfigurationSource(file: file, isOptional: true).load().rules.count == 1)
  }

  @Test func whatIsNoFileIsRefused() throws {
    defer { remove() }
    let error = #expect(throws: ConfigurationError.self) { try ConfigurationSource(file: directory.path).load() }
    #expect(error?.description == "\(directory.path) is not a file")
    #expect(mkfifo(file, 0o600) == 0)
    #expect(throws: ConfigurationError.self) { try load() }
  }

  @Test func aPlainFileInThePlaceOfConfDIsRefused() throws {
    remove()
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { remove() }
    try write("breakerd.yaml", "")
    #expect(throws: Never.self) { try load() }
    try write("conf.d", "breakers: [{match: x}]")
    let error = #expect(throws: ConfigurationError.self) { try load() }
    #expect(
      error?.description == "\(directory.path)/conf.d is not a directory; put its files into one of that name")
    // There can be no conf.d beside this one.
    let below = ConfigurationSource(file: file + "/breakerd.yaml", isOptional: true)
    #expect(try below.load().files.isEmpty)
  }

  @Test func aFileOverFourMebibytesIsRefused() throws {
    defer { remove() }
    try write("breakerd.yaml", "#" + String(repeating: "x", count: 4 << 20 - 1))
    #expect(throws: Never.self) { try load() }
    try write("breakerd.yaml", "#" + String(repeating: "x", count: 4 << 20))
    let error = #expect(throws: ConfigurationError.self) { try load() }
    #expect(error?.description == "\(file) is larger than 4 MiB; split it into files of conf.d")
  }

  @Test func loadingAgainReadsAgain() throws {
    defer { remove() }
    try write("breakerd.yaml", "breakers: [{match: a}]")
    let source = ConfigurationSource(file: file)
    let before = try source.load()
    try write("breakerd.yaml", "breakers: [{match: b}]")
    #expect(try source.load().rules.map(\.pattern) == ["b"])
    #expect(before.rules.map(\.pattern) == ["a"])
  }

  @Test func takesTenThousandPatterns() throws {
    defer { remove() }
    let entries = (0..<10_000).map {
      "- match: \"service-\($0)\($0.isMultiple(of: 2) ? "" : "-*")\"\n  trip: {failure_rate: 50%, window: {time: 60s}}\n"
    }
    try write("breakerd.yaml", "breakers:\n" + entries.joined())
    let configuration = try load()
    #expect(configuration.rules.count == 10_000 && configuration.warnings.isEmpty)
    #expect(configuration.rule("service-9999-x") === configuration.rules[9_999])
    #expect(configuration.rule("service-9998") === configuration.rules[9_998])
    #expect(configuration.rule("service-9999") === configuration.defaults)
  }

  @Test func theExampleIsRight() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
      .deletingLastPathComponent()
    remove()
    let file = root.appending(path: "etc/breakerd.example.yaml")
    let configuration = try ConfigurationSource(file: file.path).load()
    #expect(configuration.rules.count == 6 && configuration.warnings.isEmpty)
    #expect(configuration.daemon == DaemonSettings())
    // It says that its defaults are the built-in values.
    #expect(Parts(configuration.defaults.policy) == Parts(Configuration().defaults.policy))
    #expect(configuration.rule("payments-eu").owner == "payments-team")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let shown = Set(lines.compactMap { $0.drop { $0 == " " || $0 == "-" }.split(separator: ":").first })
    for key in PolicyKey.allCases {
      let word = key.rawValue.split(separator: ".")[0]
      #expect(shown.contains(word), "the example does not show \(word)")
    }
  }
}
