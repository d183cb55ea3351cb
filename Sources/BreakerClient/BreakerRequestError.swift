/// A request to the daemon brought no result.
public enum BreakerRequestError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The daemon could not be asked.
  case unavailable(BreakerUnavailable)
  /// The daemon refuses the request: a code of its closed list, and a text for people.
  case refused(code: String, text: String)

  /// What is wrong.
  public var description: String {
    switch self {
    case .unavailable(let cause): cause.description
    case .refused(let code, let text): text.isEmpty ? code : text + " (" + code + ")"
    }
  }
}
