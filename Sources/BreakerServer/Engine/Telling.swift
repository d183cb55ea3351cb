internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import Logging

/// The admin who acted.
struct Actor: Sendable {
  let uid: UInt32
  let pid: Int32
  /// In the admin's own words; nil: none given.
  let reason: String?
  /// The pattern by which it acts on many at once; nil: it does not.
  var glob: String?
}

/// Tells people of what happened: a line of the log for each transition, with its cause and figures.
enum Telling {
  /// The writer of the log makes the line: a storm of trips has none to spare.
  static func moved(_ event: Event, _ transition: Transition, to sink: LogSink) {
    let level = transition.to == .open || transition.isTrip ? Logger.Level.warning : .notice
    guard sink.level <= level else { return }
    sink.write(level) {
      var metadata = actorMetadata(event.actor)
      metadata["name"] = "\(event.name)"
      metadata["from"] = "\(transition.from.word)"
      metadata["to"] = "\(transition.to.word)"
      add(transition.cause, to: &metadata)
      if transition.until != .never {
        metadata["for_ms"] = "\((transition.until - transition.at).millisecondsRoundedUp)"
      }
      if transition.to == .open { metadata["openings"] = "\(transition.openings)" }
      return LineLogHandler.line(level, "transition", metadata)
    }
  }

  static func restored(_ entry: Entry, from before: State, _ log: Logger) {
    log.notice(
      "transition",
      metadata: [
        "name": "\(name(entry))", "from": "\(before.word)", "to": "\(entry.breaker.state.word)", "cause": "restored",
      ])
  }

  static func wouldTrip(_ entry: Entry, _ cause: Cause, isShadow: Bool, _ log: Logger) {
    var metadata: Logger.Metadata = ["name": "\(name(entry))"]
    if isShadow { metadata["by"] = "shadow" }
    add(cause, to: &metadata)
    log.notice("would_trip", metadata: metadata)
  }

  static func noProber(_ entry: Entry, _ log: Logger) {
    log.warning("no prober has come: recovers by traffic", metadata: ["name": "\(name(entry))"])
  }

  /// All attempts of the prober have failed: who owns the dependency should look at it.
  static func alert(_ entry: Entry, attempts: Int, _ log: Logger) {
    let rule = entry.rule.rule
    var metadata: Logger.Metadata = [
      "name": "\(name(entry))", "attempts": "\(attempts)",
      "latch": entry.breaker.policy.check?.latch == true ? "yes" : "no",
    ]
    if let owner = rule.owner { metadata["owner"] = "\(owner)" }
    if let runbook = rule.runbook { metadata["runbook"] = "\(runbook)" }
    log.error("alert: no check has succeeded", metadata: metadata)
  }

  /// An act that is no transition: `set`, `forget` and their like.
  static func acted(_ verb: Verb, _ subject: String, by actor: Actor, _ details: Logger.Metadata = [:], _ log: Logger) {
    let metadata = actorMetadata(actor).merging(details) { $1 }
    log.notice(
      "admin act",
      metadata: metadata.merging(
        ["verb": "\(verb.entry.word)", "name": "\(subject)"]) { $1 })
  }

  static func reloaded(_ reload: Reload, _ ruleset: Ruleset, _ log: Logger) {
    let facts: Logger.Metadata = [
      "rules": "\(ruleset.configuration.rules.count)", "changed": "\(reload.changed)",
      "warnings": "\(ruleset.warnings.count)",
    ]
    log.notice("configuration reloaded", metadata: actorMetadata(reload.actor).merging(facts) { $1 })
  }

  /// A configuration that is not followed, and all that is wrong with it.
  static func refused(_ reload: Reload, _ log: Logger) {
    let facts: Logger.Metadata = ["problems": "\(reload.problems.count + reload.untold)"]
    log.error(
      "configuration refused, nothing was changed", metadata: actorMetadata(reload.actor).merging(facts) { $1 })
    for problem in reload.problems { log.error("configuration", metadata: ["problem": "\(problem)"]) }
    if reload.untold > 0 { log.error("configuration", metadata: ["problem": "and \(reload.untold) more"]) }
  }

  /// A move as `key=value` words, for events and watchers.
  static func details(_ transition: Transition) -> String {
    details(Explanation.Move(transition, at: 0))
  }

  static func details(_ move: Explanation.Move) -> String {
    words { words in
      words.pair("from", move.from.word)
      words.pair("to", move.to.word)
      words.pair("cause", move.cause.word)
      words.figures(of: move)
    }
  }

  static func details(_ cause: Cause) -> String {
    words { words in
      words.pair("cause", cause.word)
      words.figures(of: cause)
    }
  }

  /// What has come late from the store, in the words of a move.
  static func restored(from: State, to: State, length: Timespan?) -> String {
    words { words in
      words.pair("from", from.word)
      words.pair("to", to.word)
      words.pair("cause", "restored")
      if let length { words.pair("for_ms", milliseconds: length) }
    }
  }

  /// The words that `write` writes, without the space before the first.
  private static func words(_ write: (inout ReplyBuffer) -> Void) -> String {
    var words = ReplyBuffer(capacity: 128)
    write(&words)
    return String(decoding: words.bytes.dropFirst(), as: UTF8.self)
  }

  private static func name(_ entry: Entry) -> String { String(decoding: entry.name, as: UTF8.self) }

  private static func add(_ cause: Cause, to metadata: inout Logger.Metadata) {
    metadata["cause"] = "\(cause.word)"
    for figure in cause.figures { metadata[figure.key.description] = "\(figure.value)" }
  }

  private static func actorMetadata(_ actor: Actor?) -> Logger.Metadata {
    guard let actor else { return [:] }
    var metadata: Logger.Metadata = ["uid": "\(actor.uid)", "pid": "\(actor.pid)"]
    if let reason = actor.reason { metadata["why"] = "\(reason)" }
    return metadata
  }
}

extension ReplyBuffer {
  /// The figures that decided a move, and how long it lasts if nothing else happens.
  mutating func figures(of move: Explanation.Move) {
    figures(of: move.cause)
    if let length = move.length { pair("for_ms", milliseconds: length) }
  }
}
