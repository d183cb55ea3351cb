internal import ArgumentParser
internal import BreakerProtocol

/// An act of an admin on all breakers that a glob matches.
protocol GlobAct: PatientCommand {
  static var verb: Verb { get }
  /// What was done, as in «3 breakers reset».
  static var done: String { get }
  var glob: String { get }
  var why: String? { get }
}

extension GlobAct {
  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(Self.verb)
    try line.add(glob)
    if let why { try line.add("why", why) }
    let reply = try talk(socket).line(line)
    console.say(changed: reply, Self.done)
    if reply.words.dropFirst().first == "0" { console.complain("no breaker was changed: does \(glob) match any?") }
    return ExitStatus.done
  }
}

extension Console {
  /// Prints the reply `ok N [unsaved]` of an admin's act.
  func say(changed reply: Fields, _ done: String) {
    let count = reply.words.dropFirst().first ?? "0"
    if json {
      let unsaved = reply.words.contains("unsaved") ? [Fields.Pair("unsaved", "true")] : []
      say(JSONText.object([.init("changed", count)] + unsaved))
    } else {
      say("\(count) \(count == "1" ? "breaker" : "breakers") \(done)")
    }
    warn(ifUnsaved: reply)
  }
}
