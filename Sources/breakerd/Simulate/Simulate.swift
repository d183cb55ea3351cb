import ArgumentParser
import BreakerCore
import BreakerReplay
import BreakerServer
import Glibc

/// `breakerd simulate`: runs a recorded trace through a policy.
struct Simulate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a recorded trace through a policy in virtual time.",
    discussion: """
      Prints what the breaker would have done, or with --json the answer to each step. No daemon is needed, and none is \
      asked.

      A trace is rows of CSV, time_ms,outcome,duration_ms, one for each call, or lines of JSON, one for each step, in the \
      order of their times:

        {"t":1500,"do":"call","out":"fail","ms":30}  asks, and reports at once
        {"t":1500,"do":"begin","id":"a","conn":"w1"} asks, on a connection
        {"t":1530,"do":"end","id":"a","out":"ok"}    reports on it
        {"t":1530,"do":"report","out":"ok"}          reports without having asked
        {"t":1600,"do":"drop","conn":"w1"}           the connection closes
        {"t":2000,"do":"force-open","for":"30m"}     so also force-closed, observe,
        {"t":2000,"do":"release"}                    release, reset
        {"t":9000,"do":"peek"}                       lets time pass

      docs/simulate.md has all of it. For example, with a threshold of 3 failures in a row for once:

        breakerd simulate --name api --set trip.consecutive_failures=3 calls.csv

      Exit codes: 0 done, 64 usage, 65 the trace is wrong, 66 it cannot be read, 74 the output cannot be written, \
      78 bad configuration.
      """)

  @OptionGroup var policy: PolicyOptions

  @Flag(help: "Print a line of JSON for each step, not the summary.")
  var json = false

  @Argument(help: ArgumentHelp("The trace; - or nothing: standard input.", valueName: "trace"))
  var trace = "-"

  func run() throws {
    StandardError.openIfClosed()
    signal(SIGPIPE, SIG_IGN)
    do throws(SimulateFailure) {
      try run(through: try policy.resolve())
    } catch {
      if !error.message.isEmpty { StandardError.write(error.message + "\n") }
      throw ExitCode(error.exitCode.rawValue)
    }
  }

  private func run(through policy: Policy) throws(SimulateFailure) {
    let input = try TraceInput(trace)
    var reader = TraceReader()
    var replay = Replay(following: policy)
    var lines = ResultLines()
    var summary = Summary()
    func take(_ step: Step) throws(StepError) {
      let result = try replay.perform(step)
      if json { lines.append(result) } else { summary.add(result, of: replay) }
    }
    while true {
      let isOpen = try input.read()
      var problem: TraceError?
      do throws(TraceError) {
        if isOpen { try reader.read(input.bytes.span, take) } else { try reader.finish(take) }
      } catch {
        problem = error
      }
      try StandardOutput.write(lines.bytes)
      lines.removeAll()
      if let problem { throw SimulateFailure("\(input.name):\(problem)", .badData) }
      guard isOpen else { break }
    }
    if !json { try StandardOutput.write(ArraySlice(summary.text(Terminal.style).utf8)) }
  }

  func validate() throws {
    guard trace == "-", isatty(STDIN_FILENO) == 1 else { return }
    throw ValidationError("no trace: name a file, or pipe one in")
  }
}
