import Glibc
import Testing

/// The configuration file, by way of the commands that read one.
@Suite struct ConfigurationFileTests {
  private let scratch: ScratchDirectory
  private static let right = """
    daemon: {max_breakers: 3}
    defaults: {trip: {consecutive_failures: 1}, open: {duration: 60s}}
    breakers:
    - match: "pay-*"
      preset: resilience4j
      owner: payments
    """
  private static let wrong = "defaults:\n  open: {duration: 5}\n  half_open: {probe: 1}\n"
  private static let problems = [
    ":2:20: open.duration: '5' has no unit; write ms, s, m, h or d after it, for example 5s",
    ":3:15: unknown key 'probe', did you mean 'probes'?",
  ]

  init() throws { scratch = try ScratchDirectory() }

  private func run(_ words: String...) throws -> Command { try Command([DaemonProcess.program] + words) }

  @Test func `check says ok, and how many patterns`() throws {
    let file = try scratch.write("breakerd.yaml", Self.right)
    let run = try run("check", file)
    #expect(run.ending == .exit(0) && run.output == "\(file): ok, 1 pattern\n" && run.error.isEmpty, "\(run)")
  }

  @Test func `check says everything that is wrong`() throws {
    let file = try scratch.write("breakerd.yaml", Self.wrong)
    let run = try run("check", file)
    #expect(run.ending == .exit(78) && run.output.isEmpty, "\(run)")
    #expect(run.error == Self.problems.map { "\(file)\($0)\n" }.joined())
  }

  @Test func `check warns of what is surely not meant`() throws {
    let file = try scratch.write(
      "breakerd.yaml",
      """
      daemon: {admins: {groups: [no-such-group]}}
      breakers:
      - match: "*"
      - match: a
        reporters: {users: [root, no-such-user, "4711"]}
      """)
    let run = try run("check", file)
    #expect(run.ending == .exit(0) && run.output == "\(file): ok, 2 patterns\n", "\(run)")
    #expect(
      run.error == """
        \(file):4:3: warning: "a" is never reached: "*" at \(file):3:3 matches all its names; put it before that
        \(file):1:10: warning: admins: no group 'no-such-group' here
        \(file):5:3: warning: reporters: no user 'no-such-user' here

        """)
  }

  @Test func `policy shows each value with its origin`() throws {
    let file = try scratch.write("breakerd.yaml", Self.right)
    let run = try run("policy", "pay-eu", "--config", file, "--default", "half_open.lease=7s")
    #expect(run.ending == .exit(0) && run.error.isEmpty, "\(run)")
    let rows = run.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 2).map(String.init) }
    func row(_ key: String) -> String? {
      rows.first { $0.first == key }?.dropFirst().joined(separator: " ").split(separator: " ").joined(separator: " ")
    }
    #expect(row("pattern") == "pay-* \(file):4:3")
    #expect(row("owner") == "payments")
    #expect(row("trip.failure_rate") == "50% preset resilience4j")
    #expect(row("half_open.lease") == "7s --default")
    #expect(row("forget_after") == "1d built-in")
    let other = try self.run("policy", "other", "--config", file)
    #expect(other.output.contains("defaults (\(file):2:52)"), "\(other)")
  }

  @Test func `policy needs a name and a right file`() throws {
    #expect(try run("policy").ending == .exit(64))
    #expect(try run("policy", "a b").ending == .exit(64))
    let missing = try run("policy", "a", "--config", scratch.file("missing.yaml"))
    #expect(missing.ending == .exit(78) && missing.error.contains("missing.yaml cannot be read"), "\(missing)")
  }

  @Test func `the daemon follows its file`() throws {
    let file = try scratch.write("breakerd.yaml", Self.right)
    let daemon = try DaemonProcess(["--config", file, "--default", "open.jitter=0%"])
    let client = try LineClient(daemon.adminSocket)
    #expect(fields(try client.ask("report api fail"))["retry_ms"].flatMap { Int($0) } ?? 0 > 50_000)
    for name in ["b", "c"] { #expect(try client.ask("allow \(name)").hasPrefix("+allow closed")) }
    #expect(try client.ask("allow d") == "+allow unmanaged")
    let table = try client.table("stats")
    #expect(table["breakers_limit"] == "3")
    #expect(daemon.isWell)
  }

  @Test func `the daemon does not start with a wrong file`() throws {
    let file = try scratch.write("breakerd.yaml", Self.wrong)
    let run = try Command([DaemonProcess.program] + DaemonProcess.paths(in: scratch) + ["--config", file])
    #expect(run.ending == .exit(78), "\(run)")
    for problem in Self.problems { #expect(run.error.contains("\(file)\(problem)\n"), "\(run.error)") }
    let missing = try Command(
      [DaemonProcess.program] + DaemonProcess.paths(in: scratch) + ["--config", scratch.file("missing")])
    #expect(missing.ending == .exit(78) && missing.error.contains("No such file"), "\(missing)")
  }
}
