import BreakerClient

/// What an operation throws that has failed.
struct Failure: Error, CustomStringConvertible {
  let description: String

  /// One whose type has this name, if it is among those that cases use: the type is what is told.
  static func named(_ name: String?) -> any Error {
    switch name {
    case "Refused": Refused()
    case "TimedOut": TimedOut()
    case "BadGateway": BadGateway()
    case "Again": Again()
    default: Failure(description: name ?? "")
    }
  }

  struct Refused: Error {}
  struct TimedOut: Error {}
  struct BadGateway: Error {}
  struct Again: Error {}
}

/// What an operation throws that says nothing about the dependency.
struct Neutral: Error {}

extension BreakerDenied {
  /// The reason, and in how many milliseconds to ask again.
  var words: String {
    let word =
      switch reason {
      case .open: "open"
      case .halfOpen: "half-open"
      case .forcedOpen: "forced-open"
      case .saturated: "saturated"
      case .ramp: "ramp"
      case .unavailable: "unavailable"
      case .local: "local"
      case .other(let word): word
      }
    return "\(word) retry_ms=\(retryAfter.map { Int(($0 / .milliseconds(1)).rounded(.up)) } ?? -1)"
  }
}
