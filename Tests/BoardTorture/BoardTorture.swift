import Glibc

/// What the tests of the board need other processes for. All three share a file that says how far a writer has come.
///
///     board-torture write PATH PROGRESS     publishes changes as fast as it can, in file after file, until it is killed
///     board-torture read PATH PROGRESS      looks at the board until all is over, and prints what it has seen, or at once what
///                                           it should never have seen
///     board-torture measure PATH            prints how long things take with a million names; there must be no file at PATH
@main struct BoardTorture {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count == 3, arguments[1] == "measure" { return try measure(arguments[2]) }
    guard arguments.count == 4 else { throw Usage() }
    let progress = try Progress(path: arguments[3])
    switch arguments[1] {
    case "write": try TortureWriter(path: arguments[2], progress: progress).run()
    case "read": say("\(TortureReader(path: arguments[2], progress: progress).run())")
    default: throw Usage()
    }
  }

  struct Usage: Error {}

  private static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
  }
}
