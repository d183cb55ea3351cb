import BreakerClient
import Glibc

/// A process that guards its calls with the Swift client, without concurrency, for tests that need many of them.
///
///     client-worker SOCKET hang NAME TIME   makes calls that work until TIME, then one that hangs for two seconds and fails;
///                                           TIME is in milliseconds of CLOCK_MONOTONIC. Prints `worked=N`
///     client-worker SOCKET look NAME FILE PLACE   makes calls until it is killed; see ``Looking``
@main struct ClientWorker {
  struct Usage: Error {}
  struct Hung: Error {}

  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count > 4 else { throw Usage() }
    var configuration = BreakerClient.Configuration(socketPath: arguments[1])
    configuration.deadline = .seconds(20)
    configuration.logger = nil
    let client = BreakerClient(configuration: configuration)
    let handle = try client.breaker(arguments[3])
    switch arguments[2] {
    case "hang": try hang(handle, until: Int(arguments[4]) ?? 0)
    case "look":
      guard arguments.count > 5, let place = Int(arguments[5]) else { throw Usage() }
      try Looking(handle, file: arguments[4], place: place).run()
    default: throw Usage()
    }
    // What is left to tell goes with the client.
    let end = Ending(client)
    end.wait()
  }

  private static func hang(_ handle: BreakerHandle, until time: Int) throws {
    var worked = 0
    while milliseconds() < time {
      try handle.runBlocking { _ = usleep(5_000) }
      worked += 1
    }
    do {
      try handle.runBlocking {
        usleep(2_000_000)
        throw Hung()
      }
    } catch is Hung {
    } catch is BreakerDenied {}
    let line = "worked=\(worked)\n"
    _ = write(STDOUT_FILENO, line, line.utf8.count)
  }

  private static func milliseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
  }
}
