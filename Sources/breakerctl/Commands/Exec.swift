internal import ArgumentParser
internal import BreakerClient
internal import BreakerCore
internal import BreakerProtocol

struct Exec: ControlCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a command if NAME lets it, and tell how it ended.",
    usage: "breakerctl exec <name> [<options>] -- <command> ...",
    discussion: """
      Exit 0 of the command is reported as ok, any other as fail. Nothing is held against NAME if the command could \
      not be run (126, 127), or failed after a signal that came through breakerctl. Exits with what the command \
      exited with, 128 and the signal's number if one ended it, 124 after --timeout, 75 (or --denied-exit) if denied.
      """)

  @Argument(help: "The breaker.") var name: String
  @Option(
    help: ArgumentHelp("End the command after so long, with all it started, and report fail.", valueName: "duration"))
  var timeout: LengthOfTime?
  @Option(help: ArgumentHelp("Report fail for a success that took at least so long.", valueName: "duration"))
  var slow: LengthOfTime?
  @Option(
    help: ArgumentHelp(
      "How long the command may hold its place among those that run at once, or as a probe. Left out: the timeout and "
        + "5s, or what the policy says (concurrency.lease, half_open.lease). At most "
        + "half_open.max_lease, or concurrency.lease for a place if that is longer.",
      valueName: "duration"))
  var lease: LengthOfTime?
  @Option(
    name: .customLong("fallback"), help: ArgumentHelp("Run this with /bin/sh instead if denied.", valueName: "command"))
  var substitute: String?
  @Option(help: ArgumentHelp("Exit with this if denied.", valueName: "number")) var deniedExit: Int32?
  @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.") var command: [String] = []
  @OptionGroup var fallback: Fallback
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.everybodysFirst

  func validate() throws {
    guard !command.isEmpty else { throw ValidationError("write -- and a command: breakerctl exec NAME -- COMMAND …") }
    if let deniedExit, !(0...255).contains(deniedExit) { throw ValidationError("--denied-exit is 0 to 255") }
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let inheritance = Inheritance()
    let name = try checked(name: name)
    let talk = Talk(socket: socket, isBound: true, deadline: .milliseconds(50))
    let lease = lease?.timespan ?? timeout.map { Timespan(microseconds: $0.timespan.microseconds + 5_000_000) }
    switch try Guard.ask(name, lease: lease, talk, fallback, console) {
    case .refused:
      talk.end()
      return try denied(console, inheritance)
    case .unguarded:
      // A permit that comes late goes back with the connection.
      talk.end()
      return try ChildProcess(command, timeout: timeout, inheritance).run(console).status
    case .answered(let answer):
      guard answer.isAllowed else {
        console.complain(answer.denial(name: name).description)
        talk.end()
        return try denied(console, inheritance)
      }
      if let lease, let granted = answer.lease, granted < lease {
        console.complain("\(name) gives a lease of \(granted.notation), not \(lease.notation): see half_open.max_lease")
      }
      return try run(console, inheritance, talk, answer)
    }
  }

  private func run(
    _ console: Console, _ inheritance: Inheritance, _ talk: Talk, _ answer: AllowAnswer
  ) throws -> Int32 {
    let token = answer.token
    let end: ChildProcess.End
    do {
      end = try ChildProcess(command, timeout: timeout, inheritance).run(console)
    } catch {
      tell(.ignore, token, nil, nil, talk, console)
      throw error
    }
    if let lease = answer.lease, end.duration >= .microseconds(lease.microseconds) {
      console.complain(
        "\(command[0]) took longer than its lease of \(lease.notation), and had lost its place: see --lease")
    }
    let (outcome, errorClass) = end.judgement(slow: slow?.duration)
    tell(outcome, token, end.duration, errorClass, talk, console)
    return end.status
  }

  private func tell(
    _ outcome: Outcome, _ token: Token?, _ duration: Duration?, _ errorClass: String?, _ talk: Talk, _ console: Console
  ) {
    guard let token else { return }
    let took = duration.map { Timespan(microseconds: Int64($0 / .microseconds(1))) }
    let line = RequestLine.report(name, outcome, token: token, duration: took, errorClass: errorClass)
    do throws(BreakerRequestError) {
      console.warn(ifUnsaved: try talk.line(line))
    } catch {
      console.complain("the end of the command could not be told: \(error.description)")
    }
    talk.end()
  }

  /// What is done instead of the command.
  private func denied(_ console: Console, _ inheritance: Inheritance) throws -> Int32 {
    guard let substitute else { return deniedExit ?? ExitStatus.denied }
    return try ChildProcess(["/bin/sh", "-c", substitute], timeout: nil, inheritance).run(console).status
  }
}
