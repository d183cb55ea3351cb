internal import BreakerStore
internal import Glibc
internal import Logging

/// What was wrong with the store when it was opened.
struct Damage: Sendable {
  /// As `health` says it.
  let word: String
  /// For the log.
  let facts: Logger.Metadata
  /// The damaged file, which an admin has to move away; nil: there is none.
  private let file: String?

  /// A file was set aside, at this start or before; or a copy of it, when so many rows or events were taken out.
  init(
    setAsideAs file: String, error: StoreError? = nil, _ report: SalvageReport? = nil, rows: Int? = nil,
    events: Int? = nil
  ) {
    word = "damaged_store_set_aside_as_\(file)"
    self.file = file
    var facts: Logger.Metadata = ["what": "\(word)"]
    if let error { facts["why"] = "\(error)" }
    if let rows { facts["rows_left_out"] = "\(rows)" }
    if let events { facts["events_left_out"] = "\(events)" }
    if let report {
      facts["breakers_kept"] = "\(report.rows)"
      facts["events_kept"] = "\(report.events)"
      facts["whole"] = report.isWhole ? "yes" : "no"
    }
    self.facts = facts
  }

  /// So many rows, or events, are left out, since their checksums are wrong, and no copy of them could be made.
  init(leftOut count: Int, _ what: StaticString) {
    word = "\(count)_damaged_\(what)_left_out"
    file = nil
    facts = ["what": "\(word)"]
  }

  /// Whether it still is to be looked after.
  var isThere: Bool { file.map { access($0, F_OK) == 0 } ?? true }
}
