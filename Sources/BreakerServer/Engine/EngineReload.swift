internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import Logging
internal import NIOCore

/// One reload, from its request to its reply.
final class Reload {
  /// Who wants the reply; nil: it was a signal.
  let session: Session?
  let tag: [UInt8]
  let actor: Actor
  /// What is wrong with the new rules, or with overrides that contradict them, the first of it.
  private(set) var problems: [String] = []
  /// How much more is wrong.
  private(set) var untold = 0
  /// Breakers that follow another policy by it.
  var changed = 0

  init(session: Session?, tag: [UInt8], actor: Actor) {
    self.session = session
    self.tag = tag
    self.actor = actor
  }

  /// The files make no configuration.
  func take(_ error: ConfigurationError) {
    problems = error.problems.map(\.description)
    untold = error.untold
  }

  /// The overrides of a breaker contradict the new rules.
  func take(_ contradiction: @autoclosure () -> String) {
    if problems.count < 100 { problems.append(contradiction()) } else { untold += 1 }
  }
}

/// Following another configuration: read on a thread of its own, checked against what admins have set, then in force for
/// every breaker that is asked for, and in slices for all others.
extension Engine {
  func reload(_ request: Request, _ session: Session) -> Step {
    begin(Reload(session: session, tag: Array(request.tag), actor: actor(request, session)))
    return .wait
  }

  /// Reloads without being asked on a connection.
  func reload(because reason: String) {
    // One that has not begun will read what there is then.
    guard !reloads.dropFirst().contains(where: { $0.session == nil }) else { return }
    begin(Reload(session: nil, tag: [], actor: Actor(uid: about.uid, pid: ProcessFacts.pid, reason: reason)))
  }

  /// One after the other.
  private func begin(_ reload: Reload) {
    reloads.append(reload)
    guard reloads.count == 1 else { return }
    manager.reloading(at: moment.now.microseconds)
    load(for: reload)
  }

  private func load(for reload: Reload) {
    let bound = NIOLoopBound((engine: self, reload: reload), eventLoop: eventLoop)
    loader.load { result in
      let (engine, reload) = bound.value
      engine.tick()
      switch result {
      case .success(let ruleset):
        engine.nextRuleset = ruleset
        engine.check(reload, ruleset, from: 0)
      case .failure(let error):
        reload.take(error)
        engine.refuse(reload)
      }
    }
  }

  // MARK: Overrides

  /// Looks for overrides that make no policy with the new rules, a slice a turn.
  private func check(_ reload: Reload, _ ruleset: Ruleset, from cursor: Int) {
    tick()
    var next = cursor
    var tried = 0
    for slot in table.slots.slice(from: cursor, limit: limits.slice) where tried < limits.changes && !isTurnLong {
      next = slot + 1
      guard let entry = table.slots[slot], let overrides = entry.overrides, !entry.ignoresOverrides else { continue }
      tried += 1
      let rule = ruleset.rule(for: entry.name).rule
      do throws(SettingError) {
        _ = try rule.policy(overriddenBy: overrides)
      } catch {
        reload.take(Self.contradiction(entry.name, overrides, rule, error))
      }
    }
    guard table.slots.isEnd(next) else {
      turns.add { self.check(reload, ruleset, from: next) }
      return
    }
    if reload.problems.isEmpty { apply(ruleset, reload) } else { refuse(reload) }
  }

  /// What is wrong, and what to do.
  static func contradiction(
    _ name: Bytes, _ overrides: PolicySettings, _ rule: Rule, _ error: SettingError
  ) -> String {
    let name = String(decoding: name, as: UTF8.self)
    let keys = rule.culprits(among: overrides, error).map(\.rawValue).joined(separator: " ")
    let place = rule.location.map { " at \($0)" } ?? ""
    return "\(name): what 'set' has put over the pattern \"\(rule.pattern)\"\(place) contradicts it: \(error.message); "
      + "take it back with 'unset \(name) \(keys)', or write another rule"
  }

  /// Whether a reload under way would contradict these overrides.
  func nextRuleRefuses(_ overrides: PolicySettings, for name: Bytes) -> Bool {
    nextRuleset?.rule(for: name).policy(overriddenBy: overrides).contradiction != nil
  }

  // MARK: In force

  private func apply(_ ruleset: Ruleset, _ reload: Reload) {
    nextRuleset = nil
    oldRuleset = self.ruleset
    self.ruleset = ruleset
    rulesetNumber &+= 1
    counters.reloads &+= 1
    lastReloadFailed = false
    limits.follow(ruleset.configuration.daemon)
    planForgetting()
    for warning in ruleset.warnings { log.warning("configuration", metadata: ["warning": "\(warning)"]) }
    acted(.reload, by: reload.actor, "rules=\(ruleset.configuration.rules.count)")
    followAll(reload, from: 0)
  }

  /// Has all breakers follow the rules in force that were not asked for since, a slice a turn.
  private func followAll(_ reload: Reload, from cursor: Int) {
    tick()
    var next = cursor
    for slot in table.slots.slice(from: cursor, limit: limits.follows) where !isTurnLong {
      next = slot + 1
      if let entry = table.slots[slot] { catchUp(entry) }
    }
    guard table.slots.isEnd(next) else {
      turns.add { self.followAll(reload, from: next) }
      return
    }
    loader.discard(&oldRuleset)
    Telling.reloaded(reload, ruleset, log)
    var reply = ReplyBuffer()
    reload.tag.withUnsafeBytes { reply.changed(reload.changed, tag: $0) }
    if let session = reload.session {
      hold(reply.cutLine(from: 0), until: durability.ticket, .admin, for: session)
    }
    end(reload)
  }

  /// The breaker follows an older configuration: has it follow the one in force. State, retry time, permits, run and
  /// totals stay.
  func follow(_ entry: Entry) {
    let rule = ruleset.rule(for: entry.name)
    let (policy, contradiction) = rule.policy(overriddenBy: entry.overrides)
    if policy != entry.breaker.policy { reloads.first?.changed += 1 }
    entry.follow(rule, number: rulesetNumber)
    judge(entry, contradiction)
    if let transition = entry.breaker.adopt(policy, at: moment) { moved(entry, transition) }
  }

  /// Takes note of whether the entry's overrides have an effect.
  func judge(_ entry: Entry, _ contradiction: SettingError?) {
    let isIgnored = contradiction != nil
    guard entry.ignoresOverrides != isIgnored else { return }
    entry.ignoresOverrides = isIgnored
    ignoredOverrides += isIgnored ? 1 : -1
    guard let contradiction, let overrides = entry.overrides else { return }
    log.warning(
      "overrides without effect",
      metadata: ["why": "\(Self.contradiction(entry.name, overrides, entry.rule.rule, contradiction))"])
  }

  // MARK: Not in force

  /// Nothing has changed: tells the first thing that is wrong to who asked, and all to the log.
  private func refuse(_ reload: Reload) {
    nextRuleset = nil
    counters.failedReloads &+= 1
    lastReloadFailed = true
    Telling.refused(reload, log)
    let more = reload.problems.count - 1 + reload.untold
    let rest = more > 0 ? " (and \(more) more, see the log)" : ""
    let error = RequestError(.badArgument, "nothing was changed: \(reload.problems.first ?? "")\(rest)")
    reload.session?.answer { replies in reload.tag.withUnsafeBytes { replies.error(error, tag: $0) } }
    end(reload)
  }

  private func end(_ reload: Reload) {
    reloads.removeFirst()
    if let next = reloads.first {
      load(for: next)
    } else {
      manager.reloaded()
      tellStatus()
    }
  }
}
