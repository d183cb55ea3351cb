internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import Logging
internal import NIOCore

/// What only an admin may ask.
extension Engine {
  func force(_ request: Request, _ session: Session) -> Step {
    guard let entry = entry(creating: request.name, for: session) else {
      refuse(request, full(session))
      return .next
    }
    let end = request.length.map { moment.now + $0 } ?? .never
    if let transition = entry.breaker.force(request.mode, until: end, at: moment) {
      moved(entry, transition, by: actor(request, session))
    } else {
      var details: Logger.Metadata = ["to": "\(entry.breaker.state.word)"]
      if let length = request.length { details["for_ms"] = "\(length.millisecondsRoundedUp)" }
      acted(.force, entry, by: actor(request, session), details)
    }
    reschedule(entry)
    return changed(1, request, session)
  }

  /// `+ok N`, when that is durable.
  private func changed(_ count: Int, _ request: Request, _ session: Session) -> Step {
    let start = replies.bytes.count
    replies.changed(count, tag: request.tag)
    return hold(from: start, until: durability.decision, .admin, for: session)
  }

  /// Takes note of an act that is no transition.
  private func acted(_ verb: Verb, _ entry: Entry, by actor: Actor, _ details: Logger.Metadata) {
    Telling.acted(verb, String(decoding: entry.name, as: UTF8.self), by: actor, details, log)
    entry.note(verb == .force ? .decided : .settings)
    let words = details.sorted { $0.key < $1.key }.map { "\($0.key)=\(PercentEncoding.encode("\($0.value)"))" }
    let event = event(of: entry, .act(verb, words.joined(separator: " ")), by: actor)
    guard verb == .forget else { return save(entry, event) }
    saveRemoval(of: entry, event)
    tellForgotten(entry, event)
  }

  /// Takes note of an act that is about no breaker of its own: its event is one of `*`.
  func acted(_ verb: Verb, by actor: Actor, _ words: String) {
    let event = event(named: "*", .act(verb, words), by: actor)
    durability.takeTicket(at: moment.now)
    journal.put(event, ticket: durability.ticket)
  }

  func set(_ request: Request, _ session: Session) -> Step {
    let before = table[request.name]?.overrides ?? PolicySettings()
    var (overrides, given) = (before, PolicySettings())
    do throws(SettingError) {
      for (key, value) in request.settings {
        try overrides.set(key, to: value)
        try given.set(key, to: value)
      }
    } catch {
      refuse(request, RequestError(.badOption, error.message))
      return .next
    }
    do throws(SettingError) {
      let policy = try ruleset.rule(for: request.name).rule.policy(overriddenBy: overrides)
      return override(request, session, overrides, policy, creating: true)
    } catch {
      let earlier = overrides.excluded(by: given).filter { before[$0] != nil }.map(\.rawValue)
      var message = error.message
      if !earlier.isEmpty {
        let name = String(decoding: request.name, as: UTF8.self)
        message += "; take back what was set before with 'unset \(name) \(earlier.joined(separator: " "))'"
      }
      refuse(request, RequestError(.badOption, message))
      return .next
    }
  }

  func unset(_ request: Request, _ session: Session) -> Step {
    guard let entry = entry(named: request.name) else {
      refuse(request, unknown(request))
      return .next
    }
    var overrides = entry.overrides ?? PolicySettings()
    do throws(SettingError) {
      for key in request.keys { try overrides.unset(key) }
      guard overrides != entry.overrides ?? PolicySettings() else {
        return changed(0, request, session)
      }
      let policy = try entry.rule.rule.policy(overriddenBy: overrides)
      return override(request, session, overrides, policy, creating: false)
    } catch {
      refuse(request, RequestError(.badArgument, error.message))
      return .next
    }
  }

  private func override(
    _ request: Request, _ session: Session, _ overrides: PolicySettings, _ policy: Policy, creating: Bool
  ) -> Step {
    guard !nextRuleRefuses(overrides, for: request.name) else {
      refuse(request, RequestError(.readOnly, "a reload is under way whose rules this contradicts: try again"))
      return .next
    }
    guard let entry = creating ? entry(creating: request.name, for: session) : entry(named: request.name) else {
      refuse(request, full(session))
      return .next
    }
    let details = Logger.Metadata(
      request.settings.map { ($0.key, "\($0.value)") } + request.keys.map { ($0, "unset") }, uniquingKeysWith: { $1 })
    entry.overrides = overrides.isEmpty ? nil : overrides
    judge(entry, nil)
    durability.noteSettings(of: request.name, request.settings.map(\.key) + request.keys)
    let transition = entry.breaker.adopt(policy, at: moment)
    acted(request.verb, entry, by: actor(request, session), details)
    if let transition { moved(entry, transition) }
    reschedule(entry)
    return changed(1, request, session)
  }

  func loglevel(_ request: Request, _ session: Session) -> Step {
    guard let level = Logger.Level(rawValue: request.level) else {
      let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      refuse(request, RequestError(.badArgument, "there is no such level: one of \(levels)"))
      return .next
    }
    // Told of while more is let through, before or after.
    let letsMoreThrough = level < sink.level
    if letsMoreThrough { setLogLevel(level, for: request.length) }
    let actor = actor(request, session)
    let length = request.length.map { " for=\($0.notation)" } ?? ""
    Telling.acted(.loglevel, "*", by: actor, ["level": "\(level)"], log)
    if !letsMoreThrough { setLogLevel(level, for: request.length) }
    acted(.loglevel, by: actor, "level=\(level)\(length)")
    let start = replies.bytes.count
    replies.ok(tag: request.tag)
    return hold(from: start, until: durability.decision, .admin, for: session)
  }

  /// Logs at another level from now on; where a length is given, until then.
  func setLogLevel(_ level: Logger.Level, for length: Timespan?) {
    revertLevel?.cancel()
    revertLevel = nil
    let before = sink.configuredLevel
    sink.level = level
    guard let length else {
      sink.configuredLevel = level
      return
    }
    let (nanoseconds, overflow) = length.microseconds.multipliedReportingOverflow(by: 1_000)
    guard !overflow else { return }
    let sink = self.sink
    revertLevel = eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) { sink.level = before }
  }

  // MARK: Globs

  /// `reset`, `release`, `forget`: at once for a name, a slice a turn for a pattern.
  func actOnGlob(_ kind: GlobAct.Kind, _ request: Request, _ session: Session) -> Step {
    guard let glob = Glob(request.name) else {
      refuse(request, RequestError(.badName, "not a glob"))
      return .next
    }
    guard kind != .forget || canForget else {
      let waiting = journal.waitingRemovals
      refuse(
        request, RequestError(.readOnly, "\(waiting) breakers that were forgotten wait for the store: see 'health'"))
      return .next
    }
    var actor = actor(request, session)
    if glob.literal == nil { actor.glob = String(decoding: request.name, as: UTF8.self) }
    let act = GlobAct(kind: kind, glob: glob, session: session, tag: Array(request.tag), actor: actor)
    if glob.literal != nil {
      let changed = entry(named: request.name).map { self.act(act, on: $0) } ?? false
      return self.changed(changed ? 1 : 0, request, session)
    }
    turns.add { self.goOn(act) }
    return .wait
  }

  /// One slice of an act on a glob, then the next turn goes on; at the end, the reply.
  private func goOn(_ act: GlobAct) {
    tick()
    var changes = 0
    for slot in table.slots.slice(from: act.cursor, limit: limits.slice) where changes < limits.changes {
      act.cursor = slot + 1
      guard let entry = table.slots[slot], act.glob.matches(entry.name) else { continue }
      guard let current = self.entry(named: entry.name) else { continue }
      if self.act(act, on: current) { changes += 1 }
    }
    act.changed += changes
    guard table.slots.isEnd(act.cursor) else {
      turns.add { self.goOn(act) }
      return
    }
    if act.changed > 0 { acted(act) }
    var reply = ReplyBuffer()
    act.tag.withUnsafeBytes { reply.changed(act.changed, tag: $0) }
    hold(reply.cutLine(from: 0), until: durability.decision, .admin, for: act.session)
  }

  /// Takes note of the act itself: what came of it may be more than is kept.
  private func acted(_ act: GlobAct) {
    let verb: Verb =
      switch act.kind {
      case .reset: .reset
      case .release: .release
      case .forget: .forget
      }
    var actor = act.actor
    actor.glob = nil
    acted(verb, by: actor, "changed=\(act.changed) glob=\(PercentEncoding.encode(act.actor.glob ?? ""))")
  }

  /// Returns whether the breaker changed.
  private func act(_ act: GlobAct, on entry: Entry) -> Bool {
    switch act.kind {
    case .reset:
      moved(entry, entry.breaker.reset(at: moment), by: act.actor)
    case .release:
      guard let transition = entry.breaker.release(at: moment) else { return false }
      moved(entry, transition, by: act.actor)
    case .forget:
      acted(.forget, entry, by: act.actor, [:])
      remove(entry)
      return true
    }
    reschedule(entry)
    return true
  }

  func actor(_ request: Request, _ session: Session) -> Actor {
    Actor(uid: session.caller.uid, pid: session.caller.pid, reason: request.reason)
  }

  func unknown(_ request: Request) -> RequestError {
    RequestError(
      .unknownName,
      "there is no breaker \(String(decoding: request.name, as: UTF8.self)): the first allow or report "
        + "makes it, 'list' shows those there are")
  }
}

/// An act on all breakers that match a glob, between two of its slices.
final class GlobAct {
  enum Kind {
    case reset, release, forget
  }

  let kind: Kind
  let glob: Glob
  let session: Session
  let tag: [UInt8]
  let actor: Actor
  var cursor = 0
  var changed = 0

  init(kind: Kind, glob: Glob, session: Session, tag: [UInt8], actor: Actor) {
    self.kind = kind
    self.glob = glob
    self.session = session
    self.tag = tag
    self.actor = actor
  }
}
