/// Something that happened to a breaker, kept for people to read later.
public struct EventRow: Equatable, Sendable {
  /// Its number. Numbers grow, may have gaps, and are never given twice. Greater than 0.
  public var sequence: Int64
  /// When: wall-clock microseconds since 1970.
  public var at: Int64
  /// The breaker's name.
  public var name: String
  /// What kind of event it is, a word of the caller's.
  public var kind: String
  /// The user who did it; nil: nobody did, or it is not known.
  public var uid: Int64?
  /// The process that did it; nil as ``uid``.
  public var pid: Int64?
  /// The reason given; nil: none was.
  public var reason: String?
  /// The rest, as `key=value` words of the caller's; may be empty.
  public var details: String

  /// An event of these values; what is left out is none.
  public init(
    sequence: Int64, at: Int64, name: String, kind: String, uid: Int64? = nil, pid: Int64? = nil,
    reason: String? = nil, details: String = ""
  ) {
    self.sequence = sequence
    self.at = at
    self.name = name
    self.kind = kind
    self.uid = uid
    self.pid = pid
    self.reason = reason
    self.details = details
  }

  /// Whether somebody did it. What came of an act on many breakers, of which there is one event for each, has ``details`` that begin
  /// with `glob=`, and is none.
  public var isAct: Bool { uid != nil && !details.hasPrefix("glob=") }

  /// The same for SQLite.
  static let actCondition = "uid IS NOT NULL AND substr(details, 1, 5) <> 'glob='"
}
