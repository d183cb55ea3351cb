import Foundation
import Glibc

/// A real breakerd with files of its own, ended with the test.
final class DaemonProcess: Sendable {
  let scratch: ScratchDirectory
  let child: ChildProcess
  private let log: String

  var pid: pid_t { child.pid }
  var socket: String { scratch.file("breakerd.sock") }
  var adminSocket: String { scratch.file("admin.sock") }

  /// Starts a daemon and waits until it answers.
  ///
  /// - Parameters:
  ///   - options: What stands on its command line beside the paths.
  ///   - scratch: Where its files lie; another daemon's, to start again where that was.
  ///   - prelude: What a shell does before it becomes the daemon, `umask 0` for instance.
  ///   - failpoint: Where it is to die or linger, as `BREAKERD_FAILPOINT` says it.
  ///   - wrapper: A command that runs it.
  ///   - state: Its database; nil: a file in `scratch`.
  ///   - error: Its standard error, instead of the file that ``errors`` reads.
  ///   - passed: Descriptors that it gets from 3 on.
  init(
    _ options: [String] = [], in scratch: ScratchDirectory? = nil, prelude: String? = nil, failpoint: String? = nil,
    wrapper: [String] = [], state: String? = nil, error: Descriptor? = nil, passed: [Descriptor] = []
  ) throws {
    let scratch = try scratch ?? ScratchDirectory()
    self.scratch = scratch
    log = scratch.file("log.\(UInt32.random(in: 0 ... .max))")
    let prefix = prelude.map { ["sh", "-c", "\($0); exec \"$@\"", "sh"] } ?? []
    var environment: [String: String]?
    if let failpoint {
      environment = ProcessInfo.processInfo.environment.merging(["BREAKERD_FAILPOINT": failpoint]) { $1 }
    }
    child = try ChildProcess(
      prefix + wrapper + [Self.program] + Self.paths(in: scratch, state: state) + options, environment: environment,
      error: error ?? .open(log, O_WRONLY | O_CREAT | O_APPEND), passed: passed)
    let isUp = eventually(within: .seconds(20)) {
      child.poll() != nil || (try? LineClient(scratch.file("admin.sock")).ask("ping")) == "+ok pong"
    }
    guard isUp, child.poll() == nil else {
      throw NotUp(description: "breakerd did not come up (\(child.poll()?.description ?? "runs")): \(errors)")
    }
  }

  /// It did not start, or does not answer.
  struct NotUp: Error, CustomStringConvertible {
    let description: String
  }

  /// The built program, which lies beside the tests.
  static let program: String = {
    let tests =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("breakerd").path
  }()

  /// The options that put all files into a directory.
  static func paths(in scratch: ScratchDirectory, state: String? = nil) -> [String] {
    [
      "--socket", scratch.file("breakerd.sock"), "--admin-socket", scratch.file("admin.sock"), "--state",
      state ?? scratch.file("state.sqlite"),
    ]
  }

  /// What it has written to standard error.
  var errors: String { FileFacts.text(log) }

  /// A connection to the socket for everybody.
  func client() throws -> LineClient { try LineClient(socket) }

  /// A connection to the socket for admins.
  func admin() throws -> LineClient { try LineClient(adminSocket) }

  /// Asks it to stop, and waits.
  func stop(_ signal: CInt = SIGTERM, within limit: Duration = .seconds(5)) -> ChildProcess.Ending? {
    child.kill(signal)
    return child.wait(within: limit)
  }

  /// Ends it without any warning, and waits.
  func kill() { _ = stop(SIGKILL) }

  /// Its health, as a line.
  var health: String { (try? admin().ask("health")) ?? "no answer" }

  /// Whether it runs and answers.
  var isWell: Bool { child.poll() == nil && (try? client().ask("ping")) == "+ok pong" }
}
