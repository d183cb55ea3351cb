import Foundation
import Testing

/// Figures for Prometheus.
@Suite struct MetricsTests {
  @Test func `a breaker's life is in its figures`() throws {
    let daemon = try DaemonProcess([
      "--default", "trip.consecutive_failures=2", "--default", "open.duration=1h", "--default", "trip.slow_call=10ms",
    ])
    let admin = try daemon.admin()
    try admin.send(
      """
      allow api\nreport api ok ms=5\nreport api ok n=3\nreport api ignore\nreport api fail ms=20\nreport api fail
      allow api\nallow api\ndenied api n=7\nreport api ok\nforce api open\nallow api\nrelease api\nallow api\nallow api
      state other\nallow other\n
      """)
    _ = try admin.lines(17)
    let metrics = try Exposition(admin)
    let expected: [String: Int] = [
      #"breakerd_breaker_state{name="api",state="half-open"}"#: 1,
      #"breakerd_breaker_state{name="api",state="closed"}"#: 0,
      #"breakerd_breaker_state{name="other",state="closed"}"#: 1,
      #"breakerd_breaker_calls_total{name="api",outcome="ok"}"#: 4,
      #"breakerd_breaker_calls_total{name="api",outcome="fail"}"#: 2,
      #"breakerd_breaker_calls_total{name="api",outcome="ignore"}"#: 1,
      #"breakerd_breaker_slow_calls_total{name="api"}"#: 1,
      #"breakerd_breaker_refused_total{name="api",reason="open"}"#: 2,
      #"breakerd_breaker_refused_total{name="api",reason="client"}"#: 7,
      #"breakerd_breaker_refused_total{name="api",reason="forced-open"}"#: 1,
      #"breakerd_breaker_refused_total{name="api",reason="half-open"}"#: 1,
      #"breakerd_breaker_transitions_total{name="api",to="open"}"#: 1,
      #"breakerd_breaker_transitions_total{name="api",to="forced-open"}"#: 1,
      #"breakerd_breaker_transitions_total{name="api",to="half-open"}"#: 1,
      #"breakerd_breaker_openings_total{name="api"}"#: 1,
      #"breakerd_breaker_probes_total{name="api"}"#: 1,
      #"breakerd_breaker_stale_reports_total{name="api"}"#: 1,
      #"breakerd_breaker_calls_under_way{name="api"}"#: 1,
      #"breakerd_breaker_calls_total{name="other",outcome="ok"}"#: 0,
      #"breakerd_breakers{state="half-open"}"#: 1, #"breakerd_breakers{state="closed"}"#: 1,
      #"breakerd_breakers{state="open"}"#: 0,
      "breakerd_degraded": 0, "breakerd_breakers_limit": 100_000, "breakerd_breakers_unlisted": 0,
      #"breakerd_connections{socket="admin"}"#: 1, #"breakerd_connections{socket="clients"}"#: 0,
      "breakerd_transitions_total": 3, "breakerd_requests_total": 19,
    ]
    for (sample, value) in expected { #expect(metrics[sample] == Double(value), "\(sample)") }
    #expect(metrics[#"breakerd_breaker_refused_total{name="api",reason="saturated"}"#] == nil, "0, and so left out")
    #expect(metrics.families["breakerd_breaker_calls_total"] == "counter")
    #expect(metrics.families["breakerd_breaker_state"] == "gauge")
    #expect(abs((metrics["breakerd_start_time_seconds"] ?? 0) - Date().timeIntervalSince1970) < 60)
    #expect(metrics["breakerd_process_resident_memory_bytes"] ?? 0 > 1e6)
    #expect(try Exposition(admin, "other").families.keys.allSatisfy { $0.hasPrefix("breakerd_breaker_") })
    #expect(try Exposition(admin, "other").names == ["other"])
    #expect(try Exposition(admin, "a?i").names == ["api"])
    #expect(try Exposition(admin, "nobody").lines.isEmpty)
  }

  @Test func `what a breaker has counted survives a restart and a crash`() throws {
    let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=1h"]
    var daemon = try DaemonProcess(options)
    let client = try daemon.client()
    try client.send("report api ok n=5\nreport api fail\nallow api\ndenied api n=2\nping\n")
    _ = try client.lines(5)
    #expect(daemon.stop() == .exit(0))
    daemon = try DaemonProcess(options, in: daemon.scratch)
    // A crash loses what was counted since the last transition, at most a minute of it.
    #expect(try daemon.admin().ask("force api closed") == "+ok 1")
    daemon.kill()
    daemon = try DaemonProcess(options, in: daemon.scratch)
    let metrics = try Exposition(daemon.client())
    for (sample, value) in [
      (#"breakerd_breaker_calls_total{name="api",outcome="ok"}"#, 5),
      (#"breakerd_breaker_calls_total{name="api",outcome="fail"}"#, 1),
      (#"breakerd_breaker_refused_total{name="api",reason="open"}"#, 1),
      (#"breakerd_breaker_refused_total{name="api",reason="client"}"#, 2),
      (#"breakerd_breaker_transitions_total{name="api",to="open"}"#, 1),
      (#"breakerd_breaker_transitions_total{name="api",to="forced-closed"}"#, 1),
      (#"breakerd_breakers{state="forced-closed"}"#, 1),
    ] { #expect(metrics[sample] == Double(value), "\(sample)") }
  }

  /// Each family once, in one piece, each sample once; of many breakers the first, and those that are not closed.
  @Test func `many breakers are told of page by page, and not all of them`() throws {
    let daemon = try ConfiguredDaemon("daemon: {metrics_breakers: 300}\ndefaults: {trip: {consecutive_failures: 1}}")
    let admin = try daemon.process.admin()
    for start in stride(from: 0, to: 3_000, by: 500) {
      try admin.send((start..<(start + 500)).map { "report b\($0) ok\n" }.joined())
      _ = try admin.lines(500)
    }
    for name in ["b7", "b1500", "b2999"] { #expect(try admin.ask("report \(name) fail").hasPrefix("+ok open ")) }
    let metrics = try Exposition(admin)
    #expect(metrics.names == Set((0..<300).map { "b\($0)" } + ["b1500", "b2999"]))
    #expect(metrics.isWhole && metrics.pages > 6, "\(metrics.pages) pages")
    #expect(metrics["breakerd_breakers_unlisted"] == 2_700 && metrics[#"breakerd_breakers{state="open"}"#] == 3)
    #expect(metrics[#"breakerd_breaker_state{name="b2999",state="open"}"#] == 1)
    // Of those beyond as many as there are places.
    try admin.send((400..<1_400).map { "force b\($0) closed\n" }.joined())
    _ = try admin.lines(1_000)
    #expect(try Exposition(admin).names.count == 600)
    #expect(try daemon.reload("daemon: {metrics_breakers: 0}") == "+ok 3000")
    #expect(try Exposition(admin).names.isEmpty)
    #expect(try admin.ask("metrics % cursor=0").hasPrefix("-BAD_NAME "))
    #expect(try admin.ask("metrics cursor=-1").hasPrefix("-BAD_OPTION "))
    for cursor in [1 << 60, 1 << 52, 9 << 52 | 1 << 31, 0xFFFF_FFFF] {
      _ = try admin.list("metrics cursor=\(cursor)")
    }
    #expect(daemon.process.isWell)
  }

  @Test func `the census follows breakers that come and go`() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--default", "open.duration=50ms"])
    let admin = try daemon.admin()
    try admin.send("report a fail\nreport b ok\nreport c ok\nforce d observe\nforget b\nforce c open\nreset c\n")
    _ = try admin.lines(7)
    #expect(
      try eventually {
        let metrics = try Exposition(admin)
        let counts = ["closed", "open", "half-open", "observe", "forced-open"].map {
          metrics["breakerd_breakers{state=\"\($0)\"}"]
        }
        return counts == [1, 0, 1, 1, 0]
      })
  }

  @Test func `breakerctl prints them, or replaces a file`() throws {
    let daemon = try DaemonProcess()
    let tool = ControlTool(daemon)
    #expect(try daemon.client().ask("report api ok") == "+ok closed")
    let printed = try tool("metrics")
    #expect(printed.ending == .exit(0) && printed.output.contains("\nbreakerd_breaker_calls_total{name=\"api\""))
    #expect(printed.output.hasPrefix("# HELP breakerd_info ") && printed.output.hasSuffix("\n"))
    let file = try daemon.scratch.write("breakerd.prom", "old\n")
    let written = try tool("metrics", "--output", file)
    #expect(written.ending == .exit(0) && written.output.isEmpty, "\(written)")
    #expect(FileFacts.text(file).hasPrefix("# HELP breakerd_info "))
    #expect(FileFacts.mode(file) == 0o100644)
    let lost = try tool("metrics", "--output", "/nowhere/breakerd.prom")
    #expect(lost.ending == .exit(73) && lost.error.contains("/nowhere/breakerd.prom"), "\(lost)")
    #expect(try tool("metrics", "--json").ending == .exit(64))
    // Without a daemon the file stays as it is, and so grows old.
    #expect(daemon.stop() == .exit(0))
    #expect(try tool("metrics", "--output", file).ending == .exit(69))
    #expect(FileFacts.text(file).hasPrefix("# HELP breakerd_info "))
    let left = try FileManager.default.contentsOfDirectory(atPath: daemon.scratch.path)
    #expect(!left.contains { $0.hasSuffix(".tmp") })
  }
}

/// Metrics, taken apart.
private struct Exposition {
  private(set) var lines: [String] = []
  private(set) var pages = 0
  private var samples: [String: Double] = [:]
  /// The type of each family.
  private(set) var families: [String: String] = [:]
  /// Each family stands in one piece behind its type, each sample once.
  private(set) var isWhole = true

  init(_ client: LineClient, _ glob: String = "*") throws {
    var cursor: String? = ""
    while let here = cursor {
      let (head, rows) = try client.list("metrics \(glob)\(here)")
      lines += rows.map { String($0.dropFirst()) }
      pages += 1
      cursor = head.split(separator: " ").first { $0.hasPrefix("cursor=") }.map { " \($0)" }
    }
    var family = ""
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "#" {
        guard words[1] == "TYPE" else { continue }
        family = words[2]
        isWhole = isWhole && families[family] == nil
        families[family] = words[3]
      } else {
        isWhole = isWhole && words[0].prefix { $0 != "{" } == family && samples[words[0]] == nil
        samples[words[0]] = Double(words[1])
      }
    }
  }

  subscript(sample: String) -> Double? { samples[sample] }

  /// The breakers that are told of.
  var names: Set<String> {
    Set(samples.keys.compactMap { $0.contains("{name=\"") ? $0.split(separator: "\"")[1].description : nil })
  }
}
