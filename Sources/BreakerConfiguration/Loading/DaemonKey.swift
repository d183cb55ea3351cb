/// A key of `daemon`.
public enum DaemonKey: String, CaseIterable, Sendable {
  case maxBreakers = "max_breakers"
  case maxConnections = "max_connections"
  case metricsBreakers = "metrics_breakers"
  case admins
  case observers

  /// What to write.
  public var kind: String {
    count?.description ?? "`{users: […], groups: […]}`"
  }

  /// What it is if the file does not say.
  public var builtIn: String {
    let settings = DaemonSettings()
    switch self {
    case .maxBreakers: return "\(settings.maxBreakers)"
    case .maxConnections: return "\(settings.maxConnections)"
    case .metricsBreakers: return "\(settings.metricsBreakers)"
    case .admins: return "`{groups: [breakerd-admin]}`"
    case .observers: return "nobody"
    }
  }

  /// What it means, in one line.
  public var help: String {
    switch self {
    case .maxBreakers: "The most breakers. `allow` of one more answers `unmanaged`, and the call goes on."
    case .maxConnections: "The most connections on the socket for everybody; the admin socket has 16 of its own."
    case .metricsBreakers:
      "How many breakers `metrics` tells of one by one; of those beyond, as many again that are not closed."
    case .admins: "Who is an admin, besides root and the daemon's own user."
    case .observers: "Who may only look: not ask for calls, not report, and not act; admins are none."
    }
  }

  /// The range of a key that takes a number.
  var count: ValueKind? {
    switch self {
    case .maxBreakers: .count(1...10_000_000)
    case .maxConnections: .count(1...1_000_000)
    case .metricsBreakers: .count(0...100_000)
    case .admins, .observers: nil
    }
  }
}
