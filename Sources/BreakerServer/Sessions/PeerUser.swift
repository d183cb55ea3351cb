internal import DequeModule

/// One user of the host, as long as it is connected or has made breakers: what it has of everything that is shared.
///
/// Whatever it does, others find connections, names, and their turn; see ``Engine/accept(_:_:)``,
/// ``Engine/mayName(_:)`` and ``Engine/postpone(_:)``.
final class PeerUser {
  let uid: UInt32
  /// Connections to the socket for everybody.
  var connections = 0
  /// Breakers that were made for it in this run.
  var names = 0
  /// How many tracked calls the breakers that were made for it have out.
  var calls = 0
  /// How many bytes its sessions have received and not worked off, or written and the client has not taken.
  var held = 0
  /// What its sessions have done since they had to let others go first, in the units of ``EngineLimits/turn``.
  var used = 0
  /// Its sessions that wait for their next turn.
  var waiting: Deque<Session> = []
  /// Its watchers that have not been told everything and wait for their turn; may hold some that have ended.
  var watchersBehind: Deque<Watcher> = []
  /// What has them go on.
  var goOn: (() -> Void)?

  init(uid: UInt32) { self.uid = uid }

  /// Whether nothing of it is left.
  var isGone: Bool { connections == 0 && names == 0 && waiting.isEmpty }
}
