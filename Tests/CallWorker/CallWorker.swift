import Glibc

/// A process that makes calls, for tests that need many of them: it starts quickly.
///
///     call-worker SOCKET hold LINE...       sends the lines, prints what is answered, and waits until it is killed or the
///                                           daemon goes
///     call-worker SOCKET load NAME SECONDS  makes one guarded call of NAME after the other; see ``Load``
@main struct CallWorker {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 3 else { throw Usage() }
    switch arguments[2] {
    case "hold": try hold(arguments[1], Array(arguments[3...]))
    case "load": try Load(socket: arguments[1], name: arguments[3], seconds: Int(arguments[4]) ?? 1).run()
    default: throw Usage()
    }
  }

  struct Usage: Error {}

  private static func hold(_ path: String, _ lines: [String]) throws {
    let connection = try Connection(path)
    for line in lines { try connection.send(line) }
    while let line = try connection.line() { say(line) }
  }

  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(STDOUT_FILENO, bytes, bytes.count)
  }
}
