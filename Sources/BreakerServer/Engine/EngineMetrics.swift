internal import BreakerCore
internal import BreakerProtocol

/// How many breakers are in each state.
struct Census {
  private var counts = [Int](repeating: 0, count: State.allCases.count)

  subscript(state: State) -> Int { counts[Int(state.rawValue)] }

  mutating func move(from before: State?, to now: State?) {
    if let before { counts[Int(before.rawValue)] -= 1 }
    if let now { counts[Int(now.rawValue)] += 1 }
  }
}

/// Figures for a monitoring system.
extension Engine {
  /// Takes note of what the breaker is doing.
  func recount(_ entry: Entry) {
    let state = entry.breaker.state
    guard entry.countedAs != state else { return }
    census.move(from: entry.countedAs, to: state)
    entry.countedAs = state
  }

  /// One page of the text format of Prometheus: of the daemon, unless breakers are named, then family by family of the breakers.
  func metrics(_ request: Request) {
    guard let glob = Glob(request.name) else {
      refuse(request, RequestError(.badName, "not a glob"))
      return
    }
    var page = MetricsPage()
    var place = MetricsPlace(request.cursor)
    if glob.literal != nil {
      if let entry = entry(named: request.name) {
        for family in MetricFamily.ofBreakers {
          page.begin(family)
          page.add(family, entry, clock)
        }
      }
      return page.rows.reply(to: request, in: &replies)
    }
    if place.cursor == 0, request.name.elementsEqual("*".utf8) {
      for family in MetricFamily.ofDaemon {
        page.begin(family)
        for sample in family.samples(self) { page.add(sample, family.name) }
      }
    }
    let families = MetricFamily.ofBreakers
    var looked = 0
    // A family begins where there is room for its two lines of description and its first breaker.
    pages: while place.family < families.count, looked < limits.slice, page.hasRoom(besides: 2) {
      let family = families[place.family]
      if place.slot == 0 { page.begin(family) }
      for slot in table.slots.slice(from: place.slot, limit: limits.slice - looked) {
        guard page.hasRoom(besides: 0) else { break pages }
        looked += 1
        place.slot = slot + 1
        guard let entry = table.slots[slot], glob.matches(entry.name), mayList(entry, &place) else { continue }
        catchUp(entry)
        page.add(family, entry, clock)
      }
      guard table.slots.isEnd(place.slot) else { break }
      place.beginFamily(place.family + 1)
    }
    work += looked / 10
    page.rows.reply(to: request, cursor: place.family < families.count ? place.cursor : nil, in: &replies)
  }

  /// Whether the breaker is told of by itself: those in the first places, and of the others as many again that are not closed.
  private func mayList(_ entry: Entry, _ place: inout MetricsPlace) -> Bool {
    if entry.slot < limits.metricsBreakers { return true }
    guard entry.breaker.state != .closed, place.extra < limits.metricsBreakers else { return false }
    place.extra += 1
    return true
  }
}

extension MetricsPage {
  /// Whether so many lines and those of one breaker fit: no family has more samples than there are states.
  fileprivate func hasRoom(besides lines: Int) -> Bool { rows.count + lines + State.allCases.count <= Limits.page }

  fileprivate mutating func add(_ family: MetricFamily<BreakerFigures>, _ entry: Entry, _ clock: ClockReading) {
    let figures = BreakerFigures(
      state: entry.breaker.state, totals: entry.breaker.totals, callsOut: entry.breaker.callsOut,
      limit: entry.breaker.policy.calls.limit, since: clock.wall(entry.breaker.since))
    for sample in family.samples(figures) { add(sample, family.name, of: entry.name) }
  }
}

/// Where a page of metrics begins, as a number for the client to bring along.
private struct MetricsPlace {
  /// The family, by its number.
  private(set) var family: Int
  /// The place of the next breaker.
  var slot: Int
  /// How many breakers of the family were told of beside those that always are.
  var extra: Int

  private static let slotBits = 32
  private static let extraBits = 20

  init(_ cursor: Int) {
    slot = cursor & (1 << Self.slotBits - 1)
    extra = cursor >> Self.slotBits & (1 << Self.extraBits - 1)
    family = cursor >> (Self.slotBits + Self.extraBits)
  }

  var cursor: Int { family << (Self.slotBits + Self.extraBits) | extra << Self.slotBits | slot }

  mutating func beginFamily(_ family: Int) {
    self.family = family
    slot = 0
    extra = 0
  }
}
