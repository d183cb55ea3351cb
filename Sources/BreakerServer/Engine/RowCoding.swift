internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerStore

/// An entry as a row of the store, and back. Rows keep times of the wall clock.
enum RowCoding {
  /// The row of an entry.
  ///
  /// - Parameters:
  ///   - offset: From the engine's clock to the wall clock.
  ///   - now: By the engine's clock.
  static func row(of entry: Entry, offset: Timespan, at now: Instant) -> BreakerRow {
    let memory = entry.breaker.memory
    let wall = memory.shifted(by: offset)
    let ends = memory.until != .never
    return BreakerRow(
      name: String(decoding: entry.name, as: UTF8.self), state: Int64(memory.state.rawValue),
      generation: Int64(bitPattern: memory.generation), sinceWall: wall.since.microseconds,
      untilWall: ends ? wall.until.microseconds : nil,
      length: ends ? (memory.until - now).microseconds : nil, openings: Int64(memory.openings),
      overrides: entry.overrides?.map { "\($0.key)=\($0.value)" }.joined(separator: "\n") ?? "",
      explanation: entry.history?.text ?? "", figures: FiguresCoding.encode(wall))
  }

  /// What a breaker remembered when its row was saved, by the engine's clock of today; nil if the row makes no sense.
  ///
  /// A deadline lies at most as far ahead as it did when it was saved, however the wall clock was set meanwhile.
  static func memory(of row: BreakerRow, offset: Timespan, at now: Instant) -> BreakerMemory? {
    guard let state = UInt8(exactly: row.state).flatMap(State.init(rawValue:)) else { return nil }
    var memory = BreakerMemory(
      state: state, generation: UInt64(bitPattern: row.generation), since: Instant(microseconds: row.sinceWall),
      until: .never,
      openings: Int(min(max(row.openings, 0), 1 << 32)), totals: Totals(), run: 0, runEnd: .zero, lapses: 0,
      counts: .zero, timeBuckets: [], lastCalls: [])
    guard FiguresCoding.decode(row.figures, into: &memory) else { return nil }
    memory = memory.shifted(by: Timespan(microseconds: 0 &- offset.microseconds))
    if let until = row.untilWall {
      let wallNow = (now + offset).microseconds
      let left = min(max(until, wallNow) - wallNow, max(row.length ?? 0, 0))
      memory.until = now + Timespan(microseconds: left)
    }
    return memory
  }

  /// The overrides of a row; keys that are not known any more are left out, and returned.
  static func overrides(of row: BreakerRow) -> (settings: PolicySettings, unknown: [String]) {
    var settings = PolicySettings()
    var unknown: [String] = []
    guard !row.overrides.isEmpty else { return (settings, unknown) }
    for line in row.overrides.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, (try? settings.set(parts[0], to: parts[1])) != nil else {
        unknown.append(String(line))
        continue
      }
    }
    return (settings, unknown)
  }
}
