internal import BreakerBoard
internal import BreakerCore
internal import Logging
internal import NIOCore

/// What readers of the board decide by.
extension Engine {
  /// How often it is said that the daemon serves, as long as anybody is connected.
  private static let heartbeat = Timespan.milliseconds(250)
  /// How many slots are copied in one turn when the board has become too small.
  private static let growth = 2_000
  /// How long there is none, or it stays too small, after it could not be made.
  private static let pause = Timespan.seconds(5)

  /// Publishes what calls are decided by, if that has changed. A reader sees it when this returns.
  func publish(_ entry: Entry) {
    guard let board else { return }
    let word = word(of: entry.breaker, since: board.writer.base).bits
    let slowCall = entry.breaker.slowCall.map { UInt32(clamping: max($0.microseconds / 1_000, 1)) } ?? 0
    guard entry.published.word != word || entry.published.slowCall != slowCall || !hasSlot(entry, board) else { return }
    let hasSlot = board.writer.publish(BoardWord(bits: word), slowCall: slowCall, for: entry.name)
    entry.published = Entry.Published(
      word: word, slowCall: slowCall,
      fileWithoutSlot: hasSlot ? Entry.Published.hasSlot : UInt32(truncatingIfNeeded: board.writer.replacements))
    if board.writer.needsRoom { growBoard() }
  }

  /// Whether the entry has a slot, or can have none in this file.
  private func hasSlot(_ entry: Entry, _ board: Board) -> Bool {
    let file = entry.published.fileWithoutSlot
    return file == Entry.Published.hasSlot || file == UInt32(truncatingIfNeeded: board.writer.replacements)
  }

  private func word(of breaker: borrowing Breaker, since base: UInt64) -> BoardWord {
    let state: BoardState =
      switch breaker.state {
      case .closed: .closed
      case .open: .open
      case .halfOpen: .halfOpen
      case .forcedOpen: .forcedOpen
      case .forcedClosed: .forcedClosed
      case .observe: .observe
      }
    let retryTicks = breaker.retryAfter(at: moment).map {
      // A row of the store may say anything.
      let time = UInt64(max((moment.now + $0).microseconds, 0)).multipliedReportingOverflow(by: 1_000)
      return BoardWord.ticks(until: time.overflow ? .max : time.partialValue, since: base)
    }
    return BoardWord(
      state, asks: breaker.mustAsk(at: moment), generation: breaker.generation,
      retryTicks: retryTicks ?? BoardWord.noRetry)
  }

  // MARK: Room

  /// So many breakers of an earlier run are to come.
  func expect(breakers: Int) {
    guard let board else { return }
    board.writer.expectedNames = breakers
    if board.writer.needsRoom { growBoard() }
  }

  /// Makes a larger file: at once as long as nobody waits for anything, else a slice a turn.
  private func growBoard() {
    guard let board, !board.isGrowing, moment.now >= growBoardAt else { return }
    board.isGrowing = true
    guard board.isPlaced else { return goOnGrowing() }
    turns.add { self.goOnGrowing() }
  }

  private func goOnGrowing() {
    guard let board else { return }
    tick()
    // Names that came while there was no room for them.
    var leftOut = 0
    do throws(BoardError) {
      repeat {
        leftOut = board.writer.overflow
        board.isGrowing = try board.writer.grow(Self.growth)
      } while board.isGrowing && !board.isPlaced
    } catch {
      board.isGrowing = false
      if growBoardAt == .zero {
        log.error(
          "the board cannot be made larger, some names are asked for over the socket", metadata: ["why": "\(error)"])
      }
      growBoardAt = moment.now + Self.pause
      return
    }
    if board.isGrowing {
      turns.add { self.goOnGrowing() }
      return
    }
    growBoardAt = .zero
    if leftOut > 0 { publishAll() }
  }

  /// Publishes what is not there yet, a slice a turn.
  ///
  /// - Parameter afresh: Whether nothing of what was published is there: the board is another.
  private func publishAll(afresh: Bool = false, from cursor: Int = 0) {
    tick()
    let slice = table.slots.slice(from: cursor, limit: limits.slice)
    for slot in slice {
      guard let entry = table.slots[slot] else { continue }
      if afresh { entry.published = Entry.Published() }
      publish(entry)
    }
    if !table.slots.isEnd(slice.upperBound) { turns.add { self.publishAll(afresh: afresh, from: slice.upperBound) } }
  }

  // MARK: Life

  /// Begins a board that readers do not see yet; that of an earlier run is no longer relied on then.
  func makeBoard() {
    guard let boardPlace else { return }
    do {
      board = try Board(at: boardPlace)
    } catch {
      loseBoard(error)
    }
  }

  /// Tries again to have a board. Names that it does not show yet are asked for.
  private func makeBoardAgain() {
    guard moment.now >= makeBoardAt else { return }
    makeBoard()
    placeBoard()
    guard board != nil else { return }
    makeBoardAt = .zero
    log.notice("there is a board again")
    publishAll(afresh: true)
  }

  /// Shows the board to readers. From now on it is relied on.
  func placeBoard() {
    guard let board else { return }
    tick()
    do throws(BoardError) {
      try board.writer.place(at: NIODeadline.now().uptimeNanoseconds)
      board.isPlaced = true
    } catch {
      loseBoard(error)
    }
  }

  /// Decisions go on, over the socket.
  private func loseBoard(_ error: any Error) {
    board = nil
    if makeBoardAt == .zero {
      log.error("no board: calls are decided over the socket only", metadata: ["why": "\(error)"])
    }
    makeBoardAt = moment.now + Self.pause
  }

  /// Says that the daemon serves, and sees to it that this is said again as long as anybody is connected.
  func beat() {
    if board == nil { makeBoardAgain() }
    guard let board else { return }
    board.writer.beat(at: NIODeadline.now().uptimeNanoseconds)
    guard beatAt == .never else { return }
    beatAt = moment.now + Self.heartbeat
    armTimer()
  }

  /// The time for the next heartbeat has come.
  func beatAgain() {
    beatAt = .never
    guard sessions.count > 0 else { return }
    if moment.now >= lookAfterAt {
      lookAfterAt = moment.now + Self.pause
      lookAfterSockets()
      lookAfterBoard()
      tellStatus()
    }
    beat()
  }

  /// A board that somebody has removed is made anew; whoever has the old one mapped asks. One that could not be made larger is
  /// tried again.
  private func lookAfterBoard() {
    guard let board else { return }
    if board.isPlaced, !board.writer.isInPlace {
      log.error("the board is no longer where it was: another is made", metadata: ["path": "\(board.path)"])
      board.writer.stop()
      self.board = nil
    } else if board.writer.needsRoom {
      growBoard()
    }
  }

  /// Nobody is to decide by it any more.
  func endBoard() {
    board?.writer.stop()
    board = nil
    makeBoardAt = .never
  }
}
