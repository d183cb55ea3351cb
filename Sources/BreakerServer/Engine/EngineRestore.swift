internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import Logging

/// Breakers of an earlier run.
extension Engine {
  /// Brings a breaker of an earlier run back, or what was not changed of it since this run began.
  func restore(_ snapshot: Snapshot) {
    var name = snapshot.name
    guard durability.forgotten.isEmpty || !durability.forgotten.contains(name) else { return }
    name.withUTF8 { bytes in
      let name = UnsafeRawBufferPointer(bytes)
      guard let known = table[name] else {
        let rule = ruleset.rule(for: name)
        let overrides = snapshot.overrides.isEmpty ? nil : overrides(in: snapshot, under: nil)
        let (policy, contradiction) = rule.policy(overriddenBy: overrides)
        // There is room for all that there was.
        let entry = table.insert {
          Entry(
            name: name, slot: $0, breaker: Breaker(following: policy, remembering: snapshot.memory, at: moment),
            rule: rule, rulesetNumber: rulesetNumber, at: second)
        }
        return restored(entry, overrides, contradiction, snapshot, from: nil)
      }
      // What it knew when the store was open is newer than what another store says.
      guard known.touch == .none || known.touch != .restored && !durability.isLoaded else { return }
      catchUp(known)
      let before = known.breaker.state
      let overrides = overrides(in: snapshot, under: known)
      let (policy, contradiction) = known.rule.policy(overriddenBy: overrides)
      guard goesOn(snapshot, as: known) else {
        known.overrides = overrides
        judge(known, contradiction)
        let transition = known.breaker.adopt(policy, at: moment)
        known.note(.restored)
        if let transition { moved(known, transition) } else { save(known, nil) }
        return reschedule(known)
      }
      let wasTouched = known.touch != .none
      var breaker = Breaker(following: policy, remembering: snapshot.memory, at: moment)
      breaker.takeOverCalls(of: known.breaker)
      known.breaker = breaker
      restored(known, overrides, contradiction, snapshot, from: before)
      // Over the row of what was known so far.
      if wasTouched { save(known, nil) }
    }
  }

  /// Whether the breaker of before goes on in the place of one that has been made in this run: unless somebody was told
  /// of another state since. What an admin has forced stands above what a breaker does by itself.
  private func goesOn(_ snapshot: Snapshot, as known: Entry) -> Bool {
    switch known.touch {
    case .none, .settings: true
    case .moved: snapshot.memory.state.isForced
    case .decided, .restored: false
    }
  }

  private func restored(
    _ entry: Entry, _ overrides: PolicySettings?, _ contradiction: SettingError?, _ snapshot: Snapshot,
    from before: State?
  ) {
    if entry.breaker.generation == moment.nextGeneration { takeGeneration() }
    entry.overrides = overrides
    judge(entry, contradiction)
    entry.restore(snapshot.history)
    entry.note(.restored)
    reschedule(entry)
    tellRestored(entry, from: before)
  }

  /// What an admin had put over the policy, with what was set or unset of `known` since.
  private func overrides(in snapshot: Snapshot, under known: Entry?) -> PolicySettings? {
    let name = snapshot.name
    var (overrides, unknown) = RowCoding.overrides(of: snapshot)
    for key in durability.settings[name] ?? [] { _ = try? overrides.unset(key) }
    for (key, value) in known?.overrides ?? PolicySettings() { try? overrides.set(key.rawValue, to: value) }
    if !unknown.isEmpty { log.warning("overrides left out", metadata: ["name": "\(name)", "keys": "\(unknown)"]) }
    return overrides.isEmpty ? nil : overrides
  }
}
