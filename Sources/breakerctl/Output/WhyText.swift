internal import BreakerProtocol

/// The rows of `why`, for people and for programs.
struct WhyText {
  private let head: Fields
  private let hints: [Fields]
  private let trip: Fields?
  private let latest: Fields?
  private let wouldTrips: [Fields]
  private let failureRows: [Fields]
  private let holderRows: [Fields]

  init(_ rows: [Fields]) {
    head = rows.first { $0["name"] != nil && $0["event"] == nil } ?? Fields("")
    hints = rows.filter { $0["hint"] != nil }
    trip = rows.first { $0["event"] == "trip" }
    latest = rows.first { $0["event"] == "latest" }
    wouldTrips = rows.filter { $0["event"] == "would_trip" }
    failureRows = rows.filter { $0["event"] == "failure" }
    holderRows = rows.filter { $0["event"] == "holding" }
  }

  // MARK: For people

  /// What is to be said in one line each.
  var facts: [Fields.Pair] {
    var facts = [Fields.Pair("name", head["name"] ?? ""), Fields.Pair("state", head["state"] ?? "")]
    if let next { facts.append(.init("next probe", next)) }
    if let trip { facts.append(.init("tripped", Self.sentence(trip, withStates: false))) }
    if let latest, trip.map({ !Self.isSame($0, latest) }) ?? true {
      facts.append(.init("last move", Self.sentence(latest, withStates: true)))
    }
    if trip == nil, latest == nil { facts.append(.init("tripped", "never, as far as is known")) }
    facts += wouldTrips.map { .init($0["by"] == "shadow" ? "second rules" : "observed", Self.wouldTrip($0)) }
    let counts = [
      ("openings_in_a_row", "openings in a row"), ("permits_out", "permits out"),
      ("lapses_in_a_row", "lapses in a row"),
    ]
    for (key, title) in counts {
      if let value = head[key], value != "0" { facts.append(.init(title, value)) }
    }
    if let calls = head["calls_out"], calls != "0" || head["limit"] != nil {
      facts.append(.init("calls under way", calls + (head["limit"].map { " of \($0)" } ?? "")))
    }
    for (key, title) in [("owner", "owner"), ("runbook", "runbook")] {
      if let value = head[key] { facts.append(.init(title, value)) }
    }
    if let rule = head["rule"] { facts.append(.init("rule", rule + (head["rule_at"].map { " at \($0)" } ?? ""))) }
    return facts + hints.map { .init("hint", Self.hint($0)) }
  }

  /// A row for each failure that is remembered.
  var failures: [[Fields.Pair]] {
    failureRows.map { row in
      let at = row["at"] ?? ""
      let age = row["age_ms"].flatMap(Int64.init).map { "\(Milliseconds($0))" } ?? "-"
      return [
        .init("time", LocalTime(at)?.time ?? at), .init("age", age), .init("pid", row["pid"] ?? "-"),
        .init("uid", row["uid"] ?? "-"), .init("client", row["client"] ?? "-"),
        .init("err", row["err"] ?? (row["slow"] == "yes" ? "slow" : "-")),
      ]
    }
  }

  /// A row for each of the oldest calls under way.
  var holders: [[Fields.Pair]] {
    holderRows.map { row in
      func length(_ key: String) -> String { row[key].flatMap(Int64.init).map { "\(Milliseconds($0))" } ?? "-" }
      let at = row["at"] ?? ""
      let notes = [
        row["probe"] == "yes" ? "probe" : nil, row["overdue"] == "yes" ? "overdue" : nil,
        row["gone"] == "yes" ? "connection gone" : nil,
      ].compactMap { $0 }
      return [
        .init("since", LocalTime(at)?.time ?? at), .init("age", length("age_ms")),
        .init("lease ends in", length("lease_ms")), .init("pid", row["pid"] ?? "-"), .init("uid", row["uid"] ?? "-"),
        .init("client", row["client"] ?? "-"), .init("token", row["token"] ?? "-"),
        .init("note", notes.isEmpty ? "-" : notes.joined(separator: ", ")),
      ]
    }
  }

  private var next: String? {
    let wait = head["retry_ms"].flatMap(Int64.init).map { "\(Milliseconds($0))" }
    return switch head["state"] {
    case "open": wait.map { "in \($0)" } ?? "not before an admin acts"
    case "half-open": wait.map { "under way; another in \($0) at the latest" } ?? "now, with the next call"
    default: nil
    }
  }

  private static func sentence(_ row: Fields, withStates: Bool) -> String {
    let known: Set<String> = ["event", "at", "from", "to", "cause"]
    let cause = CauseText(row["cause"] ?? "", row.pairs.filter { !known.contains($0.key) })
    let at = row["at"] ?? ""
    let states = withStates ? "\(row["from"] ?? "?") -> \(row["to"] ?? "?"), " : ""
    return "\(LocalTime(at)?.dateAndTime ?? at), \(states)\(cause)"
  }

  private static func wouldTrip(_ row: Fields) -> String {
    let known: Set<String> = ["event", "at", "cause", "by", "times"]
    let cause = CauseText(row["cause"] ?? "", row.pairs.filter { !known.contains($0.key) })
    let at = row["at"] ?? ""
    let times = row["times"] == "1" ? "once" : "\(row["times"] ?? "?") times"
    return "would have tripped \(times), last \(LocalTime(at)?.dateAndTime ?? at), \(cause)"
  }

  private static func hint(_ row: Fields) -> String {
    guard row["hint"] == "lease_shorter_than_call" else { return row.text }
    let lease = row["lease_ms"].flatMap(Int64.init).map { " of \(Milliseconds($0))" } ?? ""
    return "the lease\(lease) seems to be shorter than the call of pid \(row["holder_pid"] ?? "?")"
  }

  private static func isSame(_ one: Fields, _ other: Fields) -> Bool {
    one.pairs.filter { $0.key != "event" } == other.pairs.filter { $0.key != "event" }
  }

  // MARK: For programs

  /// One object.
  var json: String {
    func object(_ row: Fields) -> String { JSONText.object(row.pairs.filter { $0.key != "event" }) }
    func list(_ rows: [Fields]) -> String { "[" + rows.map(object).joined(separator: ",") + "]" }
    return JSONText.object(head.pairs).dropLast()
      + ",\"trip\":\(trip.map(object) ?? "null"),\"latest\":\(latest.map(object) ?? "null")"
      + ",\"would_trips\":\(list(wouldTrips)),\"hints\":\(list(hints)),\"failures\":\(list(failureRows))"
      + ",\"holding\":\(list(holderRows))}"
  }
}
