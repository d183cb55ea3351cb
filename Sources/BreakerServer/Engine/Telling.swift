internal import BreakerCore
internal import BreakerProtocol
internal import Logging

/// The admin who acted.
struct Actor {
  let uid: UInt32
  let pid: Int32
  /// In the admin's own words; nil: none given.
  let reason: String?
}

/// Tells people of what happened: a line of the log for each transition, with its cause and figures.
enum Telling {
  static func moved(_ entry: Entry, _ transition: Transition, by actor: Actor?, _ log: Logger) {
    let level = transition.to == .open ? Logger.Level.warning : .notice
    guard log.logLevel <= level else { return }
    var metadata = actorMetadata(actor)
    metadata["name"] = "\(name(entry))"
    metadata["from"] = "\(transition.from.word)"
    metadata["to"] = "\(transition.to.word)"
    add(transition.cause, to: &metadata)
    if transition.until != .never {
      metadata["for_ms"] = "\((transition.until - transition.at).millisecondsRoundedUp)"
    }
    if transition.to == .open { metadata["openings"] = "\(transition.openings)" }
    log.log(level: level, "transition", metadata: metadata)
  }

  static func restored(_ entry: Entry, from before: State, _ log: Logger) {
    log.notice(
      "transition",
      metadata: [
        "name": "\(name(entry))", "from": "\(before.word)", "to": "\(entry.breaker.state.word)", "cause": "restored",
      ])
  }

  static func wouldTrip(_ entry: Entry, _ cause: Cause, _ log: Logger) {
    var metadata: Logger.Metadata = ["name": "\(name(entry))"]
    add(cause, to: &metadata)
    log.notice("would_trip", metadata: metadata)
  }

  /// An act that is no transition: `set`, `forget` and their like.
  static func acted(_ verb: Verb, _ subject: Bytes, by actor: Actor, _ details: Logger.Metadata = [:], _ log: Logger) {
    let metadata = actorMetadata(actor).merging(details) { $1 }
    log.notice(
      "admin act",
      metadata: metadata.merging(
        ["verb": "\(verb.entry.word)", "name": "\(String(decoding: subject, as: UTF8.self))"]) { $1 })
  }

  /// A move as `key=value` words, for events and watchers.
  static func details(_ transition: Transition) -> String {
    let words = ["from=\(transition.from.word)", "to=\(transition.to.word)", "cause=\(transition.cause.word)"]
    return (words + figures(transition)).joined(separator: " ")
  }

  /// The figures that decided a move, and how long it lasts if nothing else happens.
  static func figures(_ transition: Transition) -> [String] {
    let length = transition.until == .never ? nil : transition.until - transition.at
    return figures(transition.cause) + (length.map { ["for_ms=\($0.millisecondsRoundedUp)"] } ?? [])
  }

  static func details(_ cause: Cause) -> String {
    (["cause=\(cause.word)"] + figures(cause)).joined(separator: " ")
  }

  private static func figures(_ cause: Cause) -> [String] {
    cause.figures.map { "\($0.key)=\(PercentEncoding.encode($0.value))" }
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
