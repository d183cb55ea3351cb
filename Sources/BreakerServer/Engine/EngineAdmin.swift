internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import Logging
internal import NIOCore

/// What only an admin may ask.
extension Engine {
  func force(_ request: Request, _ session: Session) {
    guard let entry = entry(creating: request.name) else {
      refuse(request, full)
      return
    }
    let end = request.length.map { moment.now + $0 } ?? .never
    if let transition = entry.breaker.force(request.mode, until: end, at: moment) {
      moved(entry, transition, by: actor(request, session))
    } else {
      var details: Logger.Metadata = ["to": "\(entry.breaker.state.word)"]
      if let length = request.length { details["for_ms"] = "\(length.millisecondsRoundedUp)" }
      Telling.acted(.force, request.name, by: actor(request, session), details, log)
    }
    reschedule(entry)
    replies.changed(1, tag: request.tag)
  }

  func set(_ request: Request, _ session: Session) {
    var overrides = table[request.name]?.overrides ?? PolicySettings()
    do throws(SettingError) {
      for (key, value) in request.settings { try overrides.set(key, to: value) }
      let policy = try PolicyResolver.resolve([defaults, overrides])
      override(request, session, overrides, policy, creating: true)
    } catch {
      refuse(request, RequestError(.badOption, error.message))
    }
  }

  func unset(_ request: Request, _ session: Session) {
    guard let entry = entry(named: request.name) else {
      refuse(request, unknown(request))
      return
    }
    var overrides = entry.overrides ?? PolicySettings()
    do throws(SettingError) {
      for key in request.keys { try overrides.unset(key) }
      guard overrides != entry.overrides ?? PolicySettings() else {
        replies.changed(0, tag: request.tag)
        return
      }
      let policy = try PolicyResolver.resolve([defaults, overrides])
      override(request, session, overrides, policy, creating: false)
    } catch {
      refuse(request, RequestError(.badArgument, error.message))
    }
  }

  private func override(
    _ request: Request, _ session: Session, _ overrides: PolicySettings, _ policy: Policy, creating: Bool
  ) {
    guard let entry = creating ? entry(creating: request.name) : entry(named: request.name) else {
      refuse(request, full)
      return
    }
    let details = Logger.Metadata(
      request.settings.map { ($0.key, "\($0.value)") } + request.keys.map { ($0, "unset") }, uniquingKeysWith: { $1 })
    Telling.acted(request.verb, request.name, by: actor(request, session), details, log)
    entry.overrides = overrides.isEmpty ? nil : overrides
    if let transition = entry.breaker.adopt(policy, at: moment) { moved(entry, transition) }
    reschedule(entry)
    replies.changed(1, tag: request.tag)
  }

  func loglevel(_ request: Request, _ session: Session) {
    guard let level = Logger.Level(rawValue: request.level) else {
      let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
      refuse(request, RequestError(.badArgument, "there is no such level: one of \(levels)"))
      return
    }
    setLogLevel(level, for: request.length)
    replies.ok(tag: request.tag)
  }

  // MARK: Globs

  /// `reset`, `release`, `forget`: at once for a name, a slice a turn for a pattern.
  func actOnGlob(_ kind: GlobAct.Kind, _ request: Request, _ session: Session) -> Step {
    guard let glob = Glob(request.name) else {
      refuse(request, RequestError(.badName, "not a glob"))
      return .next
    }
    let act = GlobAct(
      kind: kind, glob: glob, session: session, tag: Array(request.tag), actor: actor(request, session))
    if glob.literal != nil {
      let changed = entry(named: request.name).map { self.act(act, on: $0) } ?? false
      replies.changed(changed ? 1 : 0, tag: request.tag)
      return .next
    }
    turns.add { self.goOn(act) }
    return .wait
  }

  /// One slice of an act on a glob, then the next turn goes on; at the end, the reply.
  private func goOn(_ act: GlobAct) {
    tick()
    let slice = table.slots.slice(from: act.cursor, limit: limits.slice)
    for slot in slice {
      guard let entry = table.slots[slot], act.glob.matches(entry.name) else { continue }
      guard let current = self.entry(named: entry.name) else { continue }
      if self.act(act, on: current) { act.changed += 1 }
    }
    act.cursor = slice.upperBound
    guard table.slots.isEnd(act.cursor) else {
      turns.add { self.goOn(act) }
      return
    }
    act.session.answer { replies in
      act.tag.withUnsafeBytes { replies.changed(act.changed, tag: $0) }
    }
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
      Telling.acted(.forget, entry.name, by: act.actor, [:], log)
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
