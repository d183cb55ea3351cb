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
    let talk = talk(socket)
    let events =
      if let limit, since == nil { try Self.newest(limit, line, talk) } else { try first(line, talk) }
    if console.json {
      console.say(rows: events)
    } else if events.isEmpty {
      console.complain("nothing is recorded" + (glob.map { " of \($0)" } ?? ""))
    } else {
      console.say(TextTable(events.map(\.eventText)).rendered(color: console.color))
    }
    return ExitStatus.done
  }

  /// All after `since`, or the first of them.
  private func first(_ request: RequestLine, _ talk: Talk) throws -> [Fields] {
    var line = request
    if let limit { line.add(.limit, Int64(min(limit, Limits.page))) }
    var events: [Fields] = []
    try talk.pages(line, by: .since, from: since) { page in
      events += page
      return limit.map { events.count < $0 } ?? true
    }
    return limit.map { Array(events.prefix($0)) } ?? events
  }

  /// The last of all: looks back from the newest number further and further, as numbers have gaps and a glob leaves out
  /// many.
  private static func newest(_ limit: Int, _ line: RequestLine, _ talk: Talk) throws -> [Fields] {
    let stats = try talk.rows(RequestLine(.stats)).flatMap(\.pairs)
    let newest = stats.first { $0.key == "newest_event" }.flatMap { Int64($0.value) } ?? 0
    var reach = Int64(max(limit, Limits.page))
    while true {
      let start = max(newest - reach, 0)
      var events: [Fields] = []
      try talk.pages(line, by: .since, from: start) { page in
        events = (events + page).suffix(limit)
        return true
      }
      if events.count == limit || start == 0 { return events }
      reach *= 16
    }
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
