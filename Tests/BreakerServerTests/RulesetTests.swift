import BreakerConfiguration
import BreakerCore
import BreakerProtocol
import Foundation
import Testing

@testable import BreakerServer

/// A configuration, ready to be followed.
@Suite struct RulesetTests {
  private func ruleset(_ text: String) throws -> Ruleset {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("brk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let file = directory.appendingPathComponent("breakerd.yaml")
    try Data(text.utf8).write(to: file)
    return Ruleset(try ConfigurationSource(file: file.path).load())
  }

  private func rule(_ ruleset: Ruleset, _ name: String) -> AppliedRule {
    Array(name.utf8).withUnsafeBytes { ruleset.rule(for: $0) }
  }

  @Test func namesFollowTheFirstPatternThatMatches() throws {
    let ruleset = try ruleset(
      """
      defaults: {forget_after: off, reporters: {groups: [root]}}
      breakers:
        - {match: "a-*", owner: first, reporters: {users: [root, "4711"], groups: [nobody-of-this-name]}}
        - {match: "a-b", owner: second, forget_after: 1h}
        - {match: "*-b", owner: third, forget_after: 2h}
      """)
    #expect(rule(ruleset, "a-b").rule.owner == "first")
    #expect(rule(ruleset, "c-b").rule.owner == "third")
    #expect(rule(ruleset, "c").rule.pattern == "*")
    #expect(rule(ruleset, "a-b").reporters?.users == [0, 4_711])
    #expect(rule(ruleset, "a-b").reporters?.groups == [])
    #expect(rule(ruleset, "c").reporters?.groups == [0])
    #expect(ruleset.forgetAfter == .seconds(3_600))
    // The entry that is never reached, and the group that is not there.
    #expect(ruleset.warnings.count == 2, "\(ruleset.warnings)")
    let unknown = "breakerd.yaml:3:34: reporters: no group 'nobody-of-this-name' here"
    #expect(ruleset.warnings.contains { $0.hasSuffix(unknown) })
  }

  @Test func withoutPatternsAllFollowTheDefaults() throws {
    let ruleset = Ruleset(Configuration())
    #expect(rule(ruleset, "any").rule.pattern == "*" && rule(ruleset, "any").reporters == nil)
    #expect(ruleset.warnings.isEmpty)
  }

  @Test func overridesThatContradictTheRuleHaveNoEffect() throws {
    let rule = rule(try ruleset("defaults: {open: {duration: 20s}}"), "any")
    let bad = try TestPolicies.settings([("open.max_duration", "10s"), ("half_open.probes", "7")])
    #expect(rule.policy(overriddenBy: bad).policy == rule.rule.policy)
    #expect(rule.policy(overriddenBy: bad).contradiction?.key == "open.max_duration")
    let good = rule.policy(overriddenBy: try TestPolicies.settings([("half_open.probes", "7")]))
    #expect(good.contradiction == nil && good.policy.halfOpen.probes == 7)
  }
}
