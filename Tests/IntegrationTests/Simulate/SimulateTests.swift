import Glibc
import TestSupport
import Testing

/// `breakerd simulate` as a command: where it takes policy and trace from, what it prints, and how it ends.
@Suite(.offThePool) struct SimulateTests {
  private let scratch: ScratchDirectory

  init() throws { scratch = try ScratchDirectory() }

  private func simulate(
    _ options: [String], input: String? = nil, environment: [String: String] = [:]
  ) throws -> Command {
    // No file of the system's, or of whoever runs the tests, has a say.
    let nowhere = ["--config", try scratch.write("empty.yaml", "")]
    return try Command(
      [DaemonProcess.program, "simulate"] + (options.contains("--config") ? [] : nowhere) + options, input: input,
      environment: environment)
  }

  private func states(_ run: Command) -> [String] {
    run.output.split(separator: "\n").map { line in
      let parts = line.split(separator: "\"")
      return parts.firstIndex(of: "state").map { String(parts[$0 + 2]) } ?? "?"
    }
  }

  @Test func theExampleOfThePageHolds() throws {
    let trace = """
      {"t":0,"do":"call","out":"fail","n":5}
      {"t":0,"do":"call","out":"ok"}
      {"t":5000,"do":"begin","id":"a","conn":"web-1"}
      {"t":5020,"do":"call","out":"ok"}
      {"t":5031.25,"do":"end","id":"a","out":"ok","ms":31.25}

      """
    let answers = """
      {"t":0,"decision":"allow","state":"open","retry_ms":5000,"generation":2,"window":{"total":0,"fail":0,"slow":0}}
      {"t":0,"decision":"deny","state":"open","retry_ms":5000,"generation":2,"window":{"total":0,"fail":0,"slow":0}}
      {"t":5000,"decision":"allow","state":"half-open","retry_ms":null,"generation":3,"window":{"total":0,"fail":0,"slow":0}}
      {"t":5020,"decision":"deny","state":"half-open","retry_ms":29980,"generation":3,"window":{"total":0,"fail":0,"slow":0}}
      {"t":5031.25,"decision":"none","state":"closed","retry_ms":null,"generation":4,"window":{"total":0,"fail":0,"slow":0}}

      """
    let file = try scratch.write("calls.jsonl", trace)
    for (options, input) in [(["--json", file], nil), (["--json"], trace), (["--json", "-"], trace)] {
      let run = try simulate(options, input: input)
      #expect(run.ending == .exit(0) && run.output == answers && run.error.isEmpty, "\(options): \(run)")
    }
  }

  @Test func theAccessLogOfThePageBecomesATrace() throws {
    let block = try #require(DocumentationPage("docs/simulate.md").fencedBlocks.first { $0.text.contains("awk") })
    let parts = block.text.split(separator: "$ ").map { $0.split(separator: "\n", maxSplits: 1).map(String.init) }
    try #require(parts.map { $0[0].prefix { $0 != " " } } == ["head", "awk", "breakerd"])
    _ = try scratch.write("access.log", parts[0][1])
    let awk = try Command(["/bin/sh", "-c", "cd '\(scratch.path)' && \(parts[1].joined(separator: "\n"))"])
    #expect(awk.ending == .exit(0) && awk.error.isEmpty, "\(awk)")
    let run = try simulate(["--name", "api", scratch.file("calls.csv")])
    #expect(run.output.hasPrefix("2 calls in 28ms: 2 let through, of which 1 failed."), "\(run)")
  }

  @Test func thePolicyIsThatOfTheName() throws {
    let configuration = try scratch.write(
      "breakerd.yaml",
      """
      defaults:
        trip: {consecutive_failures: 3}
      breakers:
        - match: "pay*"
          trip: {consecutive_failures: 2}
      """)
    let trace = "0,fail\n1,fail\n2,fail\n3,fail\n"
    let cases: [([String], [String])] = [
      (["--name", "payments"], ["closed", "open", "open", "open"]),
      (["--name", "other"], ["closed", "closed", "open", "open"]), ([], ["closed", "closed", "open", "open"]),
      (["--default", "trip.consecutive_failures=1"], ["open", "open", "open", "open"]),
      (["--name", "payments", "--set", "trip.consecutive_failures=4"], ["closed", "closed", "closed", "open"]),
    ]
    for (options, states) in cases {
      let run = try simulate(["--json", "--config", configuration] + options, input: trace)
      #expect(run.ending == .exit(0) && self.states(run) == states, "\(options): \(run)")
    }
  }

  @Test func theSummaryFitsWhereItIsShown() throws {
    let trace = (0..<100).map { "\($0 * 1000),\((20..<50).contains($0) ? "fail" : "ok")\n" }.joined()
    let ascii = try simulate([], input: trace, environment: ["LC_ALL": "C"])
    #expect(ascii.ending == .exit(0) && ascii.error.isEmpty, "\(ascii)")
    #expect(ascii.output.hasPrefix("100 calls in 1m 39s: "), "\(ascii.output)")
    #expect(ascii.output.utf8.allSatisfy { $0 < 0x80 && $0 != 0x1B }, "\(ascii.output)")
    #expect(ascii.output.split(separator: "\n").map(\.count).max() ?? 0 < 120, "\(ascii.output)")
    let unicode = try simulate([], input: trace, environment: ["LANG": "en_US.UTF-8"])
    #expect(unicode.output.contains("█") && !unicode.output.contains("\u{1B}"), "\(unicode.output)")
  }

  @Test func aWrongTraceIsToldWithItsPlace() throws {
    let file = try scratch.write("trace.jsonl", "{\"t\":0,\"do\":\"peek\"}\n{\"t\":0,\"do\":\"call\",\"oot\":\"ok\"}\n")
    let run = try simulate(["--json", file])
    #expect(run.ending == .exit(65), "\(run)")
    #expect(run.error == "\(file):2:20: unknown field \"oot\", did you mean \"out\"?\n", "\(run)")
    // What comes before it is said all the same.
    #expect(states(run) == ["closed"], "\(run)")
    let piped = try simulate([], input: "0,ok\n0,so\n")
    #expect(piped.ending == .exit(65) && piped.error.hasPrefix("<stdin>:2:3: ") && piped.output.isEmpty, "\(piped)")
  }

  @Test func wrongUsageIsExplained() throws {
    for options in [["--nonsense"], ["--set", "x"], ["--name", "a b"], ["a", "b"]] {
      let run = try simulate(options)
      #expect(run.ending == .exit(64) && run.error.contains("breakerd simulate --help"), "\(options): \(run)")
    }
  }

  @Test func whatCannotBeReadOrFollowedEndsIt() throws {
    let file = try scratch.write("calls.csv", "0,ok\n")
    let cases: [([String], CInt, String)] = [
      (["/nonexistent"], 66, "/nonexistent"), ([scratch.path], 66, scratch.path),
      (["--config", "/nonexistent", file], 78, "/nonexistent"), (["--set", "x=1", file], 78, "--set: unknown key 'x'"),
      (["--set", "open.duration=1h", "--set", "open.max_duration=1s", file], 78, "open.max_duration"),
    ]
    for (options, code, message) in cases {
      let run = try simulate(options)
      #expect(run.ending == .exit(code) && run.error.contains(message) && run.output.isEmpty, "\(options): \(run)")
    }
  }

  @Test func itEndsQuietlyWhenNobodyReads() throws {
    let trace = try scratch.write("calls.csv", String(repeating: "0,ok\n", count: 50_000))
    let configuration = try scratch.write("empty.yaml", "")
    let simulate = "\(DaemonProcess.program) simulate --json --config \(configuration) \(trace)"
    let run = try Command(["bash", "-c", "\(simulate) | head -n 1; echo ${PIPESTATUS[0]}"])
    #expect(run.output.split(separator: "\n").last == "0" && run.error.isEmpty, "\(run)")
    let full = try Command(["bash", "-c", "\(simulate) > /dev/full"])
    #expect(full.ending == .exit(74) && full.error.contains("No space left on device"), "\(full)")
  }
}
