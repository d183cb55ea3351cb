internal import BreakerBoard
internal import BreakerProtocol

/// Opens the daemon's board when that is due, and not more often. It lives on the client's event loop.
struct BoardAccess {
  /// What threads decide by.
  let boards: OpenBoards
  /// Boards opened so far.
  private(set) var opened = 0
  /// Why the last try came to nothing; nil: it did not.
  private(set) var failure: String?
  private var place: Place?
  private var nextTry: UInt64 = 0

  /// Tries are so far apart, unless a connection was made meanwhile; nanoseconds.
  private static let interval: UInt64 = 1_000_000_000

  init(boards: OpenBoards) { self.boards = boards }

  /// The daemon has greeted.
  ///
  /// - Parameters:
  ///   - words: What it said: where its board is, if it has one, and the epoch that the board bears too. Whatever else is
  ///     mapped is not its own.
  ///   - owner: The user that the daemon runs as, to whom the file must belong; root's is taken as well.
  ///   - now: Nanoseconds of CLOCK_MONOTONIC.
  mutating func greeted(_ words: Fields, by owner: UInt32?, at now: UInt64) {
    guard let path = words["board"], !path.isEmpty, let owner else {
      place = nil
      boards.withdraw()
      return
    }
    let epoch = words["epoch"].flatMap { UInt64($0, radix: 16) }
    if place?.path != path || epoch.map({ boards.epoch != $0 }) ?? false { boards.withdraw() }
    place = Place(path: path, owner: owner, epoch: epoch)
    open(at: now)
  }

  /// Something is to be asked over the socket: it may be so because the board is gone.
  mutating func asking(at now: UInt64) {
    guard place != nil, now >= nextTry, !boards.isReliable(at: now) else { return }
    open(at: now)
  }

  /// Nothing is asked any more.
  mutating func shutDown() {
    place = nil
    boards.withdraw()
  }

  private mutating func open(at now: UInt64) {
    guard let place else { return }
    nextTry = now + Self.interval
    do throws(BoardError) {
      let reader = try place.open()
      // A run that has just begun, or one that has ended without notice, may have left another's file there.
      if let epoch = place.epoch, reader.epoch != epoch {
        failure = "\(place.path): it is the board of another run"
      } else {
        if boards.show(reader) { opened += 1 }
        failure = nil
      }
    } catch {
      failure = error.description
    }
  }

  private struct Place {
    let path: String
    let owner: UInt32
    let epoch: UInt64?

    func open() throws(BoardError) -> BoardReader {
      do throws(BoardError) {
        return try BoardReader(path: path, owner: owner)
      } catch {
        guard error.kind == .otherOwner(0) else { throw error }
        return try BoardReader(path: path, owner: 0)
      }
    }
  }
}
