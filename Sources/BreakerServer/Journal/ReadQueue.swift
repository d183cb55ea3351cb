internal import BreakerStore
internal import DequeModule

/// Reads of the store that wait for the journal's thread. Each is done slice by slice; after a slice it goes behind the
/// others, so that a long one keeps nobody waiting. Those of admins go before all others, and users take turns, however many
/// one of them has.
struct ReadQueue {
  typealias Number = UInt64

  struct Read: Sendable {
    let number: Number
    /// For whom; nil: for an admin.
    let user: UInt32?
    /// Does a slice, with the store if there is one now; returns whether it was the last.
    let slice: @Sendable (Store?) -> Bool
  }

  /// How many may wait, apart from those of admins.
  static let limit = 64
  /// How many of one user.
  static let limitOfUser = limit - limit / 10

  private var waiting: Deque<Read> = []
  private var privileged: Deque<Read> = []
  /// For whom the latest was, if not for an admin.
  private var latest: UInt32?
  /// What is being done, as long as somebody waits for it.
  private var current: Read?
  private var newest: Number = 0

  /// Whether nothing waits for its slice.
  var isEmpty: Bool { waiting.isEmpty && privileged.isEmpty }

  /// - Parameters:
  ///   - user: For whom it is.
  ///   - isPrivileged: Whether it is taken in any case, and goes before others.
  /// - Returns: Nil: there are enough.
  mutating func add(
    for user: UInt32, isPrivileged: Bool, _ slice: @escaping @Sendable (Store?) -> Bool
  ) -> Number? {
    guard isPrivileged || !isFull(for: user) else { return nil }
    newest += 1
    putBack(Read(number: newest, user: isPrivileged ? nil : user, slice: slice))
    return newest
  }

  private func isFull(for user: UInt32) -> Bool {
    let all = waiting.count + (current?.user == nil ? 0 : 1)
    let own = waiting.count { $0.user == user } + (current?.user == user ? 1 : 0)
    return all >= Self.limit || own >= Self.limitOfUser
  }

  /// The read whose turn it is.
  mutating func take() -> Read? {
    current = privileged.popFirst() ?? takeOfNextUser()
    return current
  }

  private mutating func takeOfNextUser() -> Read? {
    let place = waiting.firstIndex { $0.user != latest } ?? waiting.startIndex
    guard place < waiting.endIndex else { return nil }
    latest = waiting[place].user
    return waiting.remove(at: place)
  }

  /// Its slice is done: unless it was the last, or the read was cancelled meanwhile, it waits again.
  mutating func putBack(_ read: Read, isDone: Bool) {
    if !isDone, current?.number == read.number { putBack(read) }
    current = nil
  }

  private mutating func putBack(_ read: Read) {
    if read.user == nil { privileged.append(read) } else { waiting.append(read) }
  }

  /// Drops a read, wherever it is.
  mutating func cancel(_ number: Number) {
    waiting.removeAll { $0.number == number }
    privileged.removeAll { $0.number == number }
    if current?.number == number { current = nil }
  }
}
