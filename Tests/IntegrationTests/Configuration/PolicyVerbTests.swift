import Foundation
import Testing

/// What a name follows, and who says so.
@Suite(.offThePool) struct PolicyVerbTests {
  private static let file = """
    defaults:
      open: {duration: 7s}
    breakers:
      - match: "pay-*"
        preset: hystrix
        trip: {failure_rate: 40%}
        owner: the payments team
        runbook: https://wiki.example/100%
    """

  @Test func eachValueSaysWhereItComesFrom() throws {
    let daemon = try ConfiguredDaemon(Self.file, ["--default", "half_open.probes=3"])
    #expect(try daemon.process.admin().ask("set pay-a open.backoff=3") == "+ok 1")
    let policy = try daemon.policy("pay-a")
    let file = daemon.process.scratch.file("breakerd.yaml")
    func check(_ key: String, _ value: String, _ origin: String) {
      let found = policy[key]
      #expect(found?.value == value && found?.origin == origin, "\(key): \(String(describing: found))")
    }
    check("open.backoff", "3", "set")
    check("trip.failure_rate", "40%25", "pattern%20\"pay-*\"%20(\(file):6:12)")
    check("trip.minimum_calls", "20", "preset%20hystrix")
    check("half_open.lease", "30s", "built-in")
    let other = try daemon.policy("other")
    #expect(other["open.duration"]?.origin == "defaults%20(\(file):2:10)")
    #expect(other["half_open.probes"]?.origin == "--default")
    // It was asked for only.
    #expect(try daemon.process.client().ask("state other").hasPrefix("-UNKNOWN_NAME"))
    #expect(try daemon.process.client().ask("policy no/../").hasPrefix("*"))
    #expect(try daemon.process.client().ask("policy .no").hasPrefix("-BAD_NAME"))
  }

  @Test func showAndWhyNameTheOwner() throws {
    let daemon = try ConfiguredDaemon(Self.file)
    let client = try daemon.process.client()
    #expect(try client.ask("report pay-a fail") == "+ok closed")
    let head = fields(try client.list("why pay-a").rows.first ?? "")
    #expect(head["owner"] == "the%20payments%20team" && head["runbook"] == "https://wiki.example/100%25")
    #expect(head["rule"] == "pay-*" && head["rule_at"]?.hasSuffix("breakerd.yaml:4:5") == true, "\(head)")
    let why = try ControlTool(daemon.process)("why", "pay-a").output
    #expect(why.contains("the payments team") && why.contains("https://wiki.example/100%"), "\(why)")
    #expect(try client.ask("report plain fail") == "+ok closed")
    let plain = try client.table("show plain")
    #expect(plain["rule"] == "*" && plain["owner"] == nil && plain["rule_at"] == nil)
  }

  @Test func breakerctlPrintsATable() throws {
    let daemon = try ConfiguredDaemon(Self.file)
    let tool = ControlTool(daemon.process)
    let table = try tool("policy", "pay-a").output.split(separator: "\n")
    #expect(table.first?.hasPrefix("KEY ") == true)
    let row = try #require(table.first { $0.hasPrefix("trip.failure_rate ") })
    #expect(row.contains(" 40% ") && row.contains(#" pattern "pay-*" ("#), "\(row)")
    let objects = try tool("policy", "pay-a", "--json").objects
    #expect(objects.contains { $0["key"] as? String == "half_open.lease" && $0["origin"] as? String == "built-in" })
    #expect(try tool("policy", "b a d").ending == .exit(65))
  }
}
