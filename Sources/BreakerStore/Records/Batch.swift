/// What one commit changes: all of it, or nothing.
public struct Batch: Sendable {
  /// Names to remove; one that is not kept is no error. Removed first, so that a name in ``rows`` too is kept.
  public var removed: [String]
  /// Breakers to add or replace. Of two with one name the later counts.
  public var rows: [BreakerRow]
  /// Events to add. One whose number is kept already is that event, and is left as it is.
  public var events: [EventRow]
  /// New bounds of the numbers given out; nil: as they are. A bound never goes back, whatever this says.
  public var counters: StoredCounters?

  /// A batch of these changes; what is left out is none.
  public init(
    rows: [BreakerRow] = [], removed: [String] = [], events: [EventRow] = [], counters: StoredCounters? = nil
  ) {
    self.removed = removed
    self.rows = rows
    self.events = events
    self.counters = counters
  }

  /// Whether it changes nothing.
  public var isEmpty: Bool { rows.isEmpty && removed.isEmpty && events.isEmpty && counters == nil }
}
