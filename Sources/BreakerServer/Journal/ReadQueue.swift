internal import BreakerStore
internal import DequeModule

/// Reads of the store that wait for the journal's thread. Each is done slice by slice; after a slice it goes behind the
/// others, so that a long one keeps nobody waiting.
struct ReadQueue {
  typealias Number = UInt64

  struct Read: Sendable {
    let number: Number
    /// Does a slice, with the store if there is one now; returns whether it was the last.
    let slice: @Sendable (Store?) -> Bool
  }

  /// How many may wait, apart from those of admins.
  static let limit = 64

  private var waiting: Deque<Read> = []
  /// Whose slice is being done, as long as somebody waits for it.
  private var current: Number?
  private var newest: Number = 0

  /// Whether nothing waits for its slice.
  var isEmpty: Bool { waiting.isEmpty }
  /// Whether there are enough.
  var isFull: Bool { waiting.count + (current == nil ? 0 : 1) >= Self.limit }

  mutating func add(_ slice: @escaping @Sendable (Store?) -> Bool) -> Number {
    newest += 1
    waiting.append(Read(number: newest, slice: slice))
    return newest
  }

  /// The read whose turn it is.
  mutating func take() -> Read? {
    let read = waiting.popFirst()
    current = read?.number
    return read
  }

  /// Its slice is done: unless it was the last, or the read was cancelled meanwhile, it waits again.
  mutating func putBack(_ read: Read, isDone: Bool) {
    if !isDone, current == read.number { waiting.append(read) }
    current = nil
  }

  /// Drops a read, wherever it is.
  mutating func cancel(_ number: Number) {
    waiting.removeAll { $0.number == number }
    if current == number { current = nil }
  }
}
