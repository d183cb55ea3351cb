import BreakerBoard

/// Looks at the board again and again, at the file that is there and at some that were, and checks what it sees.
struct TortureReader {
  let path: String
  let progress: Progress
  private var boards: [Board] = []
  private var seen = Seen()

  init(path: String, progress: Progress) {
    self.path = path
    self.progress = progress
  }

  /// One file, with the slots of all names, and the latest change that each has shown.
  private struct Board {
    let slots: [BoardSlot]
    var latest: [UInt32]
  }

  /// What has been seen.
  struct Seen: CustomStringConvertible {
    var looks = 0
    var allowed = 0
    var files = 0
    /// What should never have been; nil: nothing.
    var violation: String?

    var description: String { violation ?? "looks=\(looks) allowed=\(allowed) files=\(files)" }
  }

  /// Runs until all is over, or something is wrong.
  consuming func run() -> Seen {
    while !progress.isOver, seen.violation == nil {
      if boards.last.map({ $0.slots[0].decide(at: BoardClock.coarse).isGone }) ?? true { open() }
      for board in boards.indices {
        for name in Progress.names.indices { look(board, name) }
      }
    }
    return seen
  }

  private mutating func open() {
    guard let board = try? BoardReader(path: path) else { return }
    let slots = Progress.names.compactMap { board.find($0) }
    guard slots.count == Progress.names.count else {
      seen.violation = "a board in place lacks names: \(slots.count)"
      return
    }
    seen.files += 1
    boards.append(Board(slots: slots, latest: slots.map { _ in 0 }))
    if boards.count > 4 { boards.removeFirst() }
  }

  private mutating func look(_ board: Int, _ name: Int) {
    let told = progress[name]
    let slot = boards[board].slots[name]
    let now = BoardClock.coarse
    let decision = slot.decide(at: now)
    seen.looks += 1
    if case .allow(let state, let generation) = decision {
      seen.allowed += 1
      if generation < told || generation % 4 != 0 || state != .closed {
        seen.violation = "\(decision) after change \(told)"
      }
    }
    if !slot.decide(at: now + 30_000_000_000).isGone { seen.violation = "a stale board decides" }
    let word = slot.word
    if word != TortureWriter.word(name, UInt64(word.generation)) || word.generation < boards[board].latest[name] {
      seen.violation = "an impossible word: \(word), after \(boards[board].latest[name])"
    }
    boards[board].latest[name] = word.generation
  }
}

extension BoardDecision {
  fileprivate var isGone: Bool {
    if case .gone = self { true } else { false }
  }
}
