internal import BreakerProtocol

/// What a breaker does beside what its second rules would do, for people and for programs.
struct ShadowText {
  private let facts: [String: String]
  private let keys: [String]
  private let pair: TripPair

  /// - Parameter facts: The pairs of `show`.
  /// - Returns: nil if there are no second rules.
  init?(_ facts: [Fields.Pair], _ trips: TripPair) {
    self.facts = Dictionary(facts.map { ($0.key, $0.value) }) { first, _ in first }
    pair = trips
    guard self.facts["shadow.run"] != nil else { return nil }
    var seen: Set<String> = []
    keys = facts.compactMap { fact in
      let key = fact.key.dropping(prefix: "policy.shadow.") ?? fact.key.dropping(prefix: "policy.")
      guard let key, Self.isRule(key), seen.insert(key).inserted else { return nil }
      return key
    }
  }

  /// What both sets of rules can have.
  private static func isRule(_ key: String) -> Bool {
    key.hasPrefix("trip.") || key == "trip_on_success" || key == "lump"
  }

  // MARK: For people

  var head: [Fields.Pair] {
    [
      .init("name", facts["name"] ?? ""), .init("state", facts["state"] ?? ""),
      .init("trips since", pair.since.map { LocalTime($0)?.dateAndTime ?? $0 } ?? "nothing is recorded"),
    ]
  }

  /// A row for each rule and figure, one beside the other.
  var rows: [[Fields.Pair]] {
    func row(_ title: String, _ policy: String?, _ shadow: String?) -> [Fields.Pair] {
      [.init("", title), .init("policy", policy ?? "-"), .init("shadow", shadow ?? "-")]
    }
    return keys.map { row($0, facts["policy.\($0)"], facts["policy.shadow.\($0)"]) }
      + [
        row("run", facts["run"], facts["shadow.run"]),
        row("calls", facts["window.calls"], facts["shadow.window.calls"]),
        row("failures", facts["window.failures"], facts["shadow.window.failures"]),
        row("slow", facts["window.slow"], facts["shadow.window.slow"]),
        row("trips", "\(pair.made.count)", "\(pair.told.count)"),
        row("last trip", pair.made.last.map(Self.time), pair.told.last.map(Self.time)),
      ]
  }

  /// A row for each of the newest trips.
  var trips: [[Fields.Pair]] {
    pair.newest.map { event in
      [
        .init("time", Self.time(event)), .init("by", TripPair.isTold(event) ? "shadow" : "policy"),
        .init("why", Self.cause(event)),
      ]
    }
  }

  private static func time(_ event: Fields) -> String {
    let at = event["at"] ?? ""
    return LocalTime(at)?.dateAndTime ?? at
  }

  private static func cause(_ event: Fields) -> String {
    let known: Set<String> = ["seq", "at", "name", "event", "from", "to", "cause", "by"]
    return CauseText(event["cause"] ?? "", event.pairs.filter { !known.contains($0.key) }).description
  }

  // MARK: For programs

  /// One object.
  var json: String {
    func object(_ prefix: String, _ figures: String, _ side: TripPair.Side) -> String {
      var pairs = keys.compactMap { key in facts[prefix + key].map { Fields.Pair(key, $0) } }
      for key in ["run", "window.calls", "window.failures", "window.slow"] {
        if let value = facts[figures + key] { pairs.append(.init(key, value)) }
      }
      pairs.append(.init("trips", "\(side.count)"))
      let last = side.last.map { JSONText.object($0.pairs) } ?? "null"
      return JSONText.object(pairs).dropLast() + ",\"last_trip\":\(last)}"
    }
    return JSONText.object([.init("name", facts["name"] ?? ""), .init("state", facts["state"] ?? "")]).dropLast()
      + ",\"since\":\(pair.since.map { JSONText.string($0) } ?? "null")"
      + ",\"policy\":\(object("policy.", "", pair.made))"
      + ",\"shadow\":\(object("policy.shadow.", "shadow.", pair.told))"
      + ",\"trips\":\(JSONText.array(pair.newest.map { JSONText.object($0.pairs) }))}"
  }
}

extension String {
  /// What stands behind `prefix`; nil: it does not begin so.
  fileprivate func dropping(prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
