/// What a connection may do; each role includes those before it.
public enum Role: UInt8, Comparable, CaseIterable, Sendable {
  /// Look.
  case observe
  /// Ask and report.
  case use
  /// Change what others see.
  case admin

  /// As on the wire: `observe`, `use` or `admin`.
  public var word: String {
    switch self {
    case .observe: "observe"
    case .use: "use"
    case .admin: "admin"
    }
  }

  /// Whether `left` may do less than `right`.
  public static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}
