internal import Glibc

/// Why the daemon cannot start, and what to do about it.
public struct StartError: Error, CustomStringConvertible {
  /// The exit code for it.
  public enum ExitCode: Int32, Sendable {
    /// Another daemon has the socket or the state.
    case alreadyRunning = 69
    /// A path cannot be used.
    case cannotStart = 73
    /// The configuration is wrong.
    case configuration = 78
  }

  /// For people.
  public let description: String
  /// For the service manager.
  public let exitCode: ExitCode

  /// The error of this text and code.
  public init(_ description: String, exitCode: ExitCode) {
    self.description = description
    self.exitCode = exitCode
  }

  /// A system call failed.
  static func system(_ what: String, _ code: CInt = errno) -> StartError {
    StartError("\(what): \(String(cString: strerror(code)))", exitCode: .cannotStart)
  }
}
