internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

/// What the rules say of one breaker: its policy, and who may report.
extension Engine {
  /// Every key of the policy that NAME follows, or would follow if it were used, and where each value comes from.
  func policy(_ request: Request) {
    let entry = entry(named: request.name)
    work += ruleset.work
    let rule = (entry?.rule ?? ruleset.rule(for: request.name)).rule
    let overrides = entry?.overrides ?? PolicySettings()
    var rows = Rows()
    func add(_ key: PolicyKey, _ value: String, _ origin: String) {
      rows.add { row in
        row.pair("key", text: key.rawValue)
        row.pair("value", text: value)
        row.pair("origin", text: origin)
      }
    }
    let isIgnored = entry?.ignoresOverrides ?? false
    do throws(SettingError) {
      for setting in try rule.listing(overriddenBy: isIgnored ? PolicySettings() : overrides) {
        add(setting.key, setting.value, setting.origin.description)
      }
    } catch {
      refuse(request, RequestError(.internal, error.message))
      return
    }
    if isIgnored { for (key, value) in overrides { add(key, value, "set, without effect: it contradicts the rule") } }
    rows.reply(to: request, in: &replies)
  }

  /// Whether this connection may report on the breaker, and take permits.
  func mayReport(_ session: Session, on entry: Entry) -> Bool {
    guard entry.isRestricted, let reporters = entry.rule.reporters else { return true }
    return session.isAdmin || reporters.contains(session.peer)
  }

  /// Answers `allow` for somebody who may only look.
  func observe(_ entry: Entry, _ request: Request, _ session: Session) {
    replies.decision(entry.breaker.look(session.caller, at: moment), tag: request.tag)
  }
}
