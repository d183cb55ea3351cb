internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore

/// What is kept of a breaker as a row of the store, and back. Rows keep times of the wall clock.
enum RowCoding {
  static func row(of snapshot: Snapshot) -> BreakerRow {
    let memory = snapshot.memory
    let wall = memory.shifted(by: snapshot.time.offset)
    let ends = memory.until != .never
    let explanation =
      switch snapshot.history {
      case .known(let explanation): ExplanationCoding.encode(explanation)
      case .kept(let bytes): bytes
      }
    return BreakerRow(
      name: snapshot.name, state: Int64(memory.state.rawValue),
      generation: Int64(bitPattern: memory.generation), sinceWall: wall.since.microseconds,
      untilWall: ends ? wall.until.microseconds : nil,
      length: ends ? (memory.until - snapshot.time.now).microseconds : nil, openings: Int64(memory.openings),
      overrides: snapshot.overrides, explanation: explanation, figures: FiguresCoding.encode(wall))
  }

  /// What was kept, by the clock of today; nil if the row makes no sense.
  ///
  /// A deadline lies at most as far ahead as it did when it was saved, however the wall clock was set meanwhile.
  static func snapshot(of row: BreakerRow, at time: ClockReading) -> Snapshot? {
    guard BreakerName.isValid(row.name.utf8), let state = UInt8(exactly: row.state).flatMap(State.init(rawValue:))
    else {
      return nil
    }
    var memory = BreakerMemory(
      state: state, generation: UInt64(bitPattern: row.generation), since: Instant(microseconds: row.sinceWall),
      until: .never,
      openings: Int(min(max(row.openings, 0), 1 << 32)), totals: Totals(), run: 0, runEnd: .zero, lapses: 0,
      lapsedProcess: 0,
      counts: .zero, timeBuckets: [], lastCalls: [])
    guard FiguresCoding.decode(row.figures, into: &memory) else { return nil }
    memory = memory.shifted(by: Timespan(microseconds: 0 &- time.offset.microseconds))
    if let until = row.untilWall {
      let left = min(max(until, time.wall) - time.wall, max(row.length ?? 0, 0))
      memory.until = time.now + Timespan(microseconds: left)
    }
    return Snapshot(
      name: row.name, memory: memory, overrides: row.overrides, history: .kept(row.explanation), time: time)
  }

  /// The overrides that were kept; keys that are not known any more are left out, and returned.
  static func overrides(of snapshot: Snapshot) -> (settings: PolicySettings, unknown: [String]) {
    var settings = PolicySettings()
    var unknown: [String] = []
    guard !snapshot.overrides.isEmpty else { return (settings, unknown) }
    for line in snapshot.overrides.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, (try? settings.set(parts[0], to: parts[1])) != nil else {
        unknown.append(String(line))
        continue
      }
    }
    return (settings, unknown)
  }
}
