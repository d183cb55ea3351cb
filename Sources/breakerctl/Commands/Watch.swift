internal import ArgumentParser
internal import BreakerProtocol

struct Watch: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "The breakers as they are, then a line for each transition as it happens.",
    discussion: """
      It goes on until a signal ends it, as Ctrl-C does (a shell shows 130), or until nobody reads its output. When \
      breakerd is restarted, it says so, connects again, and prints the states anew. With --json each line is an \
      object; event is state, transition, forgotten or lag.

      --exec runs a command with /bin/sh for each transition, one at a time and in order, with BREAKER_NAME, \
      BREAKER_FROM, BREAKER_TO, BREAKER_CAUSE, BREAKER_SEQ, BREAKER_AT and each figure, as BREAKER_THRESHOLD, in its \
      environment. When more than 1000 transitions wait for it, only the newest of each breaker are kept; the others are \
      dropped, and counted on standard error.
      """)

  @Argument(help: "Which; all if left out.") var glob: String?
  @Option(
    name: .customLong("exec"), help: ArgumentHelp("Run this with /bin/sh for each transition.", valueName: "command"))
  var command: String?
  @Option(
    name: .customLong("exec-timeout"),
    help: ArgumentHelp("End the command after so long, with all it started.", valueName: "duration"))
  var limit = LengthOfTime.seconds(10)
  @Flag(name: .customLong("no-snapshot"), help: "Only the transitions, not the states at the beginning.")
  var noSnapshot = false
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let hooks = command.map { HookRunner($0, limit: limit, console) }
    let loop = WatchLoop(
      socket: socket, glob: glob, wantsStates: !noSnapshot, deadline: patience.timeout?.duration ?? .seconds(6),
      console: console, hooks: hooks?.queue)
    let failure = hooks.map { $0.run(during: loop.run) } ?? Talk.wait(loop.run)
    if let failure { throw failure }
    return ExitStatus.done
  }
}
