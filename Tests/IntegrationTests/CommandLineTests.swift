import Glibc
import Testing

/// What a start says, and with which code, when it is asked for something it cannot do.
@Suite struct CommandLineTests {
  private func start(_ options: [String]) throws -> Command {
    let scratch = try ScratchDirectory()
    return try Command([DaemonProcess.program] + DaemonProcess.paths(in: scratch) + options)
  }

  @Test(arguments: [
    ("trip.treshold=5", "trip.treshold"), ("open.duration=soon", "open.duration"), ("open.duration=", "open.duration"),
    ("trip.consecutive_failures=0", "trip.consecutive_failures"), ("trip.failure_rate=101%", "trip.failure_rate"),
    ("trip.consecutive_failures=off", "trip"), ("recovery=never", "recovery"),
    ("half_open.calls=5", "half_open.failure_rate"), ("=5", ""),
  ])
  func `a wrong default is named`(_ setting: String, _ key: String) throws {
    let run = try start(["--default", setting])
    #expect(run.ending == .exit(78), "\(run)")
    #expect(run.error.contains(key) && run.error.contains("--default"), "\(run.error)")
  }

  @Test func `defaults that contradict each other are refused`() throws {
    let run = try start(["--default", "open.duration=10s", "--default", "open.max_duration=1s"])
    #expect(run.ending == .exit(78) && run.error.contains("open.max_duration"), "\(run)")
  }

  @Test(arguments: [
    ["--nonsense"], ["nonsense"], ["serve", "--nonsense"], ["--default", "open.duration"], ["--default"],
    ["--log-level", "loud"], ["--socket"],
  ])
  func `wrong usage is explained`(_ options: [String]) throws {
    let run = try start(options)
    #expect(run.ending == .exit(64), "\(run)")
    #expect(run.error.contains("Usage: breakerd"), "\(run.error)")
  }

  @Test func `help and version succeed`() throws {
    for options in [["--help"], ["serve", "--help"], ["-h"], ["help"]] {
      let run = try Command([DaemonProcess.program] + options)
      #expect(run.ending == .exit(0) && run.output.contains("USAGE: breakerd"), "\(options): \(run)")
    }
    let run = try Command([DaemonProcess.program, "--version"])
    #expect(run.ending == .exit(0))
    let parts = run.output.split { $0 == "." || $0 == "\n" }
    #expect(parts.count == 3 && parts.allSatisfy { Int($0) != nil }, "\(run.output)")
  }

  @Test func `serve is the default`() throws {
    let daemon = try DaemonProcess()
    let scratch = try ScratchDirectory()
    let named = try ChildProcess([DaemonProcess.program, "serve"] + DaemonProcess.paths(in: scratch))
    #expect(eventually { (try? LineClient(scratch.file("admin.sock")).ask("ping")) == "+ok pong" })
    named.kill(SIGTERM)
    #expect(named.wait() == .exit(0))
    #expect(daemon.isWell)
  }
}
