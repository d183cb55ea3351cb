/// Why the demo could not be played to its end.
enum DemoError: Error, CustomStringConvertible {
  /// A file is missing or cannot be run.
  case noProgram(String)
  /// The system refused.
  case system(String, errno: Int32)
  /// A process of the demo ended before it should, or said something else than expected.
  case childFailed(String)
  /// The daemon could not be asked.
  case daemon(String)
  /// It took too long.
  case timedOut
  /// A signal ended it.
  case interrupted(signal: Int32)

  /// What this process exits with.
  var exitCode: Int32 {
    switch self {
    case .noProgram, .system, .childFailed, .daemon, .timedOut: 1
    case .interrupted(let signal): 128 + signal
    }
  }

  var description: String {
    switch self {
    case .noProgram(let path):
      "cannot run \(path): build all programs with `swift build`, or say where breakerd is with --breakerd PATH"
    case .system(let what, let errno): "\(what): error \(errno)"
    case .childFailed(let role): "\(role) ended early; what it wrote stands above"
    case .daemon(let reason): "the daemon cannot be asked: \(reason)"
    case .timedOut: "not done within \(Scenario.limit.inSeconds), given up"
    case .interrupted(let signal): "ended by signal \(signal)"
    }
  }
}
