internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

/// A configuration, and all that the engine must have found out before it can follow it. It never changes.
final class Ruleset: Sendable {
  let configuration: Configuration
  /// Who is an admin, besides root and the daemon's own user.
  let admins: AccountNumbers
  /// Who may only look.
  let observers: AccountNumbers
  /// What is allowed but surely not meant.
  let warnings: [String]
  /// The shortest time after which idle breakers are dropped; nil: none ever is.
  let forgetAfter: Timespan?
  private let byRule: [ObjectIdentifier: AppliedRule]
  private let defaults: AppliedRule

  /// Asks the system for users and groups, so not for a thread that must not wait.
  init(_ configuration: Configuration) {
    var known: [Accounts: AccountNumbers] = [:]
    var warnings = configuration.warnings.map(\.description)
    func lookUp(_ accounts: Accounts, _ unknown: (String) -> String) -> AccountNumbers {
      if let numbers = known[accounts] { return numbers }
      let numbers = accounts.lookUp()
      known[accounts] = numbers
      warnings += numbers.unknown.map(unknown)
      return numbers
    }
    func apply(_ rule: Rule) -> AppliedRule {
      let reporters = rule.reporters.map { accounts in
        lookUp(accounts) { (rule.reportersLocation.map { "\($0): " } ?? "") + "reporters: no \($0) here" }
      }
      return AppliedRule(rule, reporters: reporters)
    }
    self.configuration = configuration
    defaults = apply(configuration.defaults)
    byRule = Dictionary(
      configuration.rules.map { (ObjectIdentifier($0), apply($0)) }, uniquingKeysWith: { first, _ in first })
    admins = configuration.daemon.admins.lookUp()
    warnings += configuration.unknownAdmins(among: admins).map(\.description)
    observers = configuration.daemon.observers.lookUp()
    warnings += configuration.unknownObservers(among: observers).map(\.description)
    forgetAfter = ([configuration.defaults] + configuration.rules).compactMap(\.policy.forgetAfter).min()
    self.warnings = warnings
  }

  /// What it costs to find the rule of a name, in the units of ``EngineLimits/turn``.
  var work: Int { configuration.unanchoredPatterns / 2 }

  /// What the breaker of this name follows.
  func rule(for name: Bytes) -> AppliedRule {
    guard !byRule.isEmpty else { return defaults }
    return byRule[ObjectIdentifier(configuration.rule(for: name))] ?? defaults
  }
}

/// A rule, with its users and groups by number.
final class AppliedRule: Sendable {
  let rule: Rule
  /// Who alone, besides admins, may report and take permits; nil: everybody.
  let reporters: AccountNumbers?

  init(_ rule: Rule, reporters: AccountNumbers?) {
    self.rule = rule
    self.reporters = reporters
  }

  /// What a breaker follows for which an admin has set `overrides`, and why they have no effect, if they have none.
  func policy(overriddenBy overrides: PolicySettings?) -> (policy: Policy, contradiction: SettingError?) {
    guard let overrides else { return (rule.policy, nil) }
    do throws(SettingError) {
      return (try rule.policy(overriddenBy: overrides), nil)
    } catch {
      return (rule.policy, error)
    }
  }
}
