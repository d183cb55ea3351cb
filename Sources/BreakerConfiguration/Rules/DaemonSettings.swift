/// What the file says of the daemon itself, under `daemon`.
public struct DaemonSettings: Equatable, Sendable {
  /// The most breakers, 1 to 10,000,000; beyond, `allow` answers `unmanaged`.
  public var maxBreakers = 100_000
  /// The most connections on the socket for everybody, 1 to 1,000,000; the admin socket has 16 of its own.
  public var maxConnections = 16_384
  /// How many breakers `metrics` tells of one by one, 0 to 100,000; of the others as many again, if they are not closed.
  public var metricsBreakers = 1_000
  /// Who is an admin, besides root and the daemon's own user.
  public var admins = Accounts(groups: ["breakerd-admin"])
  /// Who may only look, unless it is an admin.
  public var observers = Accounts()

  /// The built-in values.
  public init() {}
}
