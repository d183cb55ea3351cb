import Glibc

/// Why a trace was not run to its end.
struct SimulateFailure: Error {
  /// The exit codes of sysexits.h.
  enum Code: Int32 {
    case success = 0
    case badData = 65
    case noInput = 66
    case outputFailed = 74
    case configuration = 78
  }

  /// For people; empty: there is nothing to say.
  let message: String
  let exitCode: Code

  init(_ message: String, _ exitCode: Code) {
    self.message = message
    self.exitCode = exitCode
  }

  /// A system call failed.
  static func system(_ what: String, _ exitCode: Code) -> SimulateFailure {
    SimulateFailure("breakerd: \(what): \(String(cString: strerror(errno)))", exitCode)
  }

  /// Nobody reads the output any more, so the rest is not wanted.
  static let unread = SimulateFailure("", .success)
}
