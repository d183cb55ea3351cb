internal import DequeModule

/// Who watches, and what there is to be told. Those whose client does not read are in no queue, and cost nothing. Users take
/// turns, however many watchers one of them has.
struct Watchers {
  var log = ChangeLog()
  private(set) var count = 0
  private var caughtUp: [Watcher] = []
  /// Those that had read everything before this change have been woken for it.
  private var wokenFor: Int64 = 0
  /// Users some of whose watchers wait for a turn; see ``PeerUser/watchersBehind``.
  private var users: Deque<PeerUser> = []

  mutating func add(_ watcher: Watcher) {
    count += 1
    resume(watcher)
  }

  mutating func end(_ watcher: Watcher) {
    if case .caughtUp(let place) = watcher.standing {
      let last = caughtUp.removeLast()
      if last !== watcher {
        caughtUp[place] = last
        last.standing = .caughtUp(place)
      }
    }
    watcher.standing = .ended
    count -= 1
    if count == 0 { log.removeAll() }
  }

  /// Lets one have its turn when there is something to read: its client takes more, or it has had a turn.
  mutating func resume(_ watcher: Watcher) {
    guard case .away = watcher.standing else { return }
    if watcher.reader.isBehind(log) {
      putBehind(watcher)
    } else {
      watcher.standing = .caughtUp(caughtUp.count)
      caughtUp.append(watcher)
    }
  }

  /// Whether somebody waits for a turn, or would if the log were looked at.
  var hasReaders: Bool { hasReadersBehind || !caughtUp.isEmpty }

  /// Whether somebody waits for a turn.
  var hasReadersBehind: Bool { !users.isEmpty }

  private mutating func putBehind(_ watcher: Watcher) {
    let user = watcher.session.user
    if user.watchersBehind.isEmpty { users.append(user) }
    user.watchersBehind.append(watcher)
    watcher.standing = .behind
  }

  /// Has all that have read everything look again, if there is more by now.
  mutating func wake() {
    guard log.newest > wokenFor else { return }
    wokenFor = log.newest
    for watcher in caughtUp { putBehind(watcher) }
    caughtUp.removeAll(keepingCapacity: true)
  }

  /// Takes the next whose turn it is; it is away until ``resume(_:)``.
  mutating func takeNext() -> Watcher? {
    while let user = users.popFirst() {
      guard let watcher = user.watchersBehind.popFirst() else { continue }
      if !user.watchersBehind.isEmpty { users.append(user) }
      guard case .behind = watcher.standing else { continue }
      watcher.standing = .away
      return watcher
    }
    return nil
  }
}
