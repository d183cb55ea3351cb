/// What the file says of the daemon itself, under `daemon`.
public struct DaemonSettings: Equatable, Sendable {
  /// The most breakers, 1 to 10,000,000; beyond, `allow` answers `unmanaged`.
  public var maxBreakers = 100_000
  /// The most connections on the socket for everybody, 1 to 1,000,000; the admin socket has 16 of its own.
  public var maxConnections = 16_384
  /// Who is an admin, besides root and the daemon's own user.
  public var admins = Accounts(groups: ["breakerd-admin"])

  /// The built-in values.
  public init() {}
}
