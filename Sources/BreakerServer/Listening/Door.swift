internal import BreakerCore
internal import BreakerProtocol
internal import Glibc

/// Who may come in: everybody, but none more often than others can bear.
struct Door {
  /// One user's connections are let in at once up to a number, and then one in each of these.
  private static let interval = Timespan(microseconds: 250)
  /// Of so many users the pace is remembered.
  private static let users = 1_024

  /// That of a user who comes for the first time.
  private let pace: Pace
  private var paces: [UInt32: Pace] = [:]
  /// Who is turned away is told so, but not at any rate: that costs more than all else that is done about it.
  private var tells = Pace(atOnce: 100, each: .milliseconds(10))
  /// How many were turned away of whom nobody has heard.
  var refused: UInt64 = 0

  /// - Parameter atOnce: How many connections one user can make at once.
  init(atOnce: Int) { pace = Pace(atOnce: Int64(atOnce), each: Self.interval) }

  /// Whether this connection comes in; if not, it is to be closed. One whose client has gone without a word does not, and does not count.
  mutating func lets(_ connection: CInt, at now: Instant) -> Bool {
    guard !Self.isLeft(connection), let uid = PeerCredentials.uid(of: connection) else { return false }
    if paces.count >= Self.users { paces.removeAll() }
    guard !paces[uid, default: pace].take(at: now) else { return true }
    refused += 1
    guard tells.take(at: now) else { return false }
    BusyHandler.tell(
      RequestError(.busy, "uid \(uid) connects too often: keep connections open, as client libraries do"),
      on: connection)
    return false
  }

  /// Whether the client has gone without a word.
  static func isLeft(_ connection: CInt) -> Bool {
    var byte: UInt8 = 0
    return recv(connection, &byte, 1, CInt(MSG_PEEK | MSG_DONTWAIT)) == 0
  }
}
