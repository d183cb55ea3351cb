internal import ArgumentParser
internal import BreakerProtocol

struct Events: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "What happened to all breakers, or to those that GLOB matches: transitions and acts of admins.")

  @Argument(help: "Which; all if left out.") var glob: String?
  @Option(help: ArgumentHelp("Only what came after the event of this number.", valueName: "seq")) var since: Int64?
  @Option(
    help: ArgumentHelp("At most so many: the first after --since, else the newest of all.", valueName: "number"))
  var limit: Int?
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func validate() throws {
    if let since, since < 0 { throw ValidationError("--since is 0 or more") }
    if let limit, limit < 1 { throw ValidationError("--limit is 1 or more") }
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.events)
    if let glob { try line.add(glob) }
    if since != nil, let limit { line.add(.limit, Int64(min(limit, Limits.page))) }
    var events: [Fields] = []
    try talk(socket).pages(line, by: .since, from: since) { page in
      events += page
      guard let limit else { return true }
      if since == nil { events.removeFirst(max(events.count - limit, 0)) }
      return since == nil || events.count < limit
    }
    if let limit { events.removeLast(max(events.count - limit, 0)) }
    if console.json {
      console.say(rows: events)
    } else if events.isEmpty {
      console.complain("nothing is recorded" + (glob.map { " of \($0)" } ?? ""))
    } else {
      console.say(TextTable(events.map(\.eventText)).rendered(color: console.color))
    }
    return ExitStatus.done
  }
}

extension Fields {
  /// The row of an event, in few columns.
  fileprivate var eventText: [Pair] {
    let fixed: Set<String> = ["seq", "at", "name", "event", "uid", "pid", "why", "from", "to", "cause"]
    let figures = pairs.filter { !fixed.contains($0.key) }
    let at = self["at"] ?? ""
    var text = [
      Pair("seq", self["seq"] ?? ""), Pair("time", LocalTime(at)?.dateAndTime ?? at), Pair("name", self["name"] ?? ""),
    ]
    let move = self["from"].flatMap { from in self["to"].map { "\(from) -> \($0)" } }
    text.append(Pair("event", move ?? self["event"] ?? ""))
    let what = self["cause"].map { CauseText($0, figures).description }
    text.append(Pair("what", what ?? figures.map { "\($0.key)=\($0.value)" }.joined(separator: " ")))
    let who = ["uid", "pid"].compactMap { key in self[key].map { "\(key) \($0)" } }.joined(separator: ", ")
    text.append(Pair("by", who + (self["why"].map { ": \($0)" } ?? "")))
    return text.map { Pair($0.key, $0.value.isEmpty ? "-" : $0.value) }
  }
}
