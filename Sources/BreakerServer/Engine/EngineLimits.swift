internal import BreakerConfiguration
internal import BreakerCore

/// The bounds of one daemon.
public struct EngineLimits: Sendable {
  /// The most breakers; beyond, `allow` answers `unmanaged`.
  public var breakers = 100_000
  /// How many breakers metrics tell of one by one.
  public var metricsBreakers = 1_000
  /// The most connections on the socket for everybody.
  public var connections = 16_384
  /// The most that one user can have of them, unless it is an admin.
  var connectionsOfUser: Int { connections - connections / 10 }
  /// The most breakers that can be made for one user, unless it is an admin.
  var namesOfUser: Int { breakers - breakers / 10 }
  /// So many can be made for each user, as long as there is any place.
  var fewNames: Int { max(breakers / 100, 1) }
  /// As many connections as the limit on open files leaves room for.
  public var descriptors = 16_384
  /// The most connections on the admin socket, besides those.
  public var adminConnections = 16
  /// The most calls under way that are tracked, of all breakers together; beyond, a limit refuses. Those that are only
  /// watched for becoming overdue are tracked up to half as many.
  public var calls = 500_000
  /// The most that breakers which were made for one user can have of them.
  var callsOfUser: Int { calls - calls / 10 }
  /// The most calls of one breaker that are watched for becoming overdue; as many as a limit can allow.
  public var watchedCalls = 10_000
  /// How many places of a table are looked at in one turn of the loop, by a list or by an act on a glob; how many changes
  /// for all watchers together, where each line that is told and each write costs more.
  public var slice = 1_000
  /// How many breakers an act on a glob, or the timer, moves in one turn.
  public var changes = 128
  /// How many breakers are made to follow another configuration in one turn.
  public var follows = 256
  /// How long a reload may take of one turn, beyond the breaker at which that passes. What it takes to find a breaker's rule
  /// depends on the patterns.
  var turnTime = Timespan.milliseconds(5)
  /// How much a session may do in one turn: a request is 1, and so are ten places looked at, and so are
  /// ``bytesPerUnit`` of replies, since a long reply takes as long to make as many short ones.
  public var turn = 128
  /// How much all sessions of one user may do before others have their turn.
  var turnOfUser = 2_048
  /// What it costs, in the same units, to read and to write, whatever the requests.
  static let visit = 4
  static let bytesPerUnit = 32
  /// What a transition costs, in the same units: it is told to the log, to watchers, on the board and to the store.
  static let transition = 16
  /// How many bytes the sessions of one user may leave unread or not worked off, besides what one read or reply adds.
  static let heldOfUser = 64 << 20
  /// How often rows of which only counters have changed are saved at most.
  var saveInterval = Timespan.seconds(60)
  /// A client that leaves its replies unread for so many seconds is closed.
  public var stallSeconds = 30

  /// The built-in bounds.
  public init() {}

  /// Takes the bounds that the configuration gives.
  mutating func follow(_ daemon: DaemonSettings) {
    breakers = daemon.maxBreakers
    metricsBreakers = daemon.metricsBreakers
    connections = min(daemon.maxConnections, descriptors)
  }
}
