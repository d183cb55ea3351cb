/// What can be wrong with a request, or with the connection. The list is closed: clients may switch over it.
public enum ErrorCode: String, CaseIterable, Sendable {
  /// No such verb.
  case badVerb = "BAD_VERB"
  /// The client speaks a version of the protocol that this server does not.
  case badVersion = "BAD_VERSION"
  /// A word after the verb is missing, too many, or malformed; or the configuration that is to be reloaded is.
  case badArgument = "BAD_ARGUMENT"
  /// An option is unknown, given twice, or has a malformed value.
  case badOption = "BAD_OPTION"
  /// Not a name, or not a glob.
  case badName = "BAD_NAME"
  /// The connection's role does not include this verb, or its user may not report on this breaker.
  case forbidden = "FORBIDDEN"
  /// No such breaker, and this verb does not create one.
  case unknownName = "UNKNOWN_NAME"
  /// As many breakers as the limit allows; this one was not created.
  case full = "FULL"
  /// The daemon cannot take changes now.
  case readOnly = "READ_ONLY"
  /// A fault of the server's own.
  case `internal` = "INTERNAL"
  /// A line longer than ``Limits/line``.
  case tooLong = "TOO_LONG"
  /// As many connections as the limit allows, or this one did not read its replies.
  case busy = "BUSY"
  /// The daemon is stopping.
  case shuttingDown = "SHUTTING_DOWN"
  /// What came looks like another protocol, HTTP for instance.
  case notThisProtocol = "NOT_THIS_PROTOCOL"

  /// Whether the connection is closed after it.
  public var isFatal: Bool {
    switch self {
    case .tooLong, .busy, .shuttingDown, .notThisProtocol: true
    case .badVerb, .badVersion, .badArgument, .badOption, .badName, .forbidden, .unknownName, .full, .readOnly,
      .internal:
      false
    }
  }

  /// Whether the same request can succeed later, without being changed.
  public var isRetryable: Bool {
    switch self {
    case .full, .readOnly, .internal, .busy, .shuttingDown, .unknownName: true
    case .badVerb, .badVersion, .badArgument, .badOption, .badName, .forbidden, .tooLong, .notThisProtocol: false
    }
  }

  /// One line for the documentation.
  public var summary: String {
    switch self {
    case .badVerb: "no such verb"
    case .badVersion: "this version of the protocol is not spoken here; `max=` says which is"
    case .badArgument:
      "a word after the verb is missing, one too many, or malformed; or what `reload` has read is wrong"
    case .badOption: "an option is unknown, given twice, or has a malformed value"
    case .badName: "not a name of a breaker, or not a glob"
    case .forbidden: "the connection's role does not include this verb, or you may not report on this breaker"
    case .unknownName: "no such breaker, and this verb does not create one"
    case .full: "as many breakers as the limit allows; this one was not created"
    case .readOnly: "the daemon cannot take changes now"
    case .internal: "a fault of the daemon's own"
    case .tooLong: "a line of more than \(Limits.line) bytes"
    case .busy: "as many connections as the limit allows, or replies were not read for too long"
    case .shuttingDown: "the daemon is stopping"
    case .notThisProtocol: "what came looks like another protocol, HTTP for instance"
    }
  }
}
