internal import ArgumentParser
internal import BreakerClient
internal import BreakerProtocol

struct ReportCall: ControlCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Tell how a call of NAME ended, and print what the breaker is now.")

  @Argument(help: "The breaker.") var name: String
  @Argument(help: "ok, fail or ignore.") var outcome: OutcomeWord
  @Argument(help: "What allow printed; left out, or empty, if it printed nothing.") var token: String?
  @Option(help: "How long the call took, in milliseconds.") var ms: Int64?
  @Option(help: ArgumentHelp("The kind of error, at most 32 bytes.", valueName: "word")) var err: String?
  @Flag(help: "Exit with 69 or 77 when breakerd cannot be reached, instead of warning.") var strict = false
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.everybodysFirst

  enum OutcomeWord: String, ExpressibleByArgument, CaseIterable {
    case ok, fail, ignore
  }

  func validate() throws {
    if let ms, ms < 0 { throw ValidationError("--ms is 0 or more") }
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    var line = RequestLine(.report)
    try line.add(try checked(name: name))
    try line.add(outcome.rawValue)
    if let token, !token.isEmpty { try line.add(token) }
    if let ms { line.add(.ms, ms) }
    if let err { try line.add("err", err) }
    let deadline = patience.timeout?.duration ?? .milliseconds(50)
    let reply: Fields
    do throws(BreakerRequestError) {
      reply = try Talk(socket: socket, deadline: deadline).line(line)
    } catch {
      let failure = Failure(error, socket: socket)
      guard !strict, failure.status != ExitStatus.badData else { throw failure }
      console.complain(failure.message ?? error.description)
      console.complain("the end of the call is not told")
      return ExitStatus.done
    }
    let state = reply.words.dropFirst().first ?? ""
    if console.json {
      let unsaved = reply.words.contains("unsaved") ? [Fields.Pair("unsaved", "true")] : []
      console.say(facts: [.init("name", name), .init("state", state)] + reply.pairs + unsaved)
    } else {
      console.say(reply.stateText(color: console.color))
    }
    console.warn(ifUnsaved: reply)
    return ExitStatus.done
  }
}

extension Fields {
  /// The reply `ok STATE [retry_ms=N]` for people.
  func stateText(color: Bool) -> String {
    let state = words.dropFirst().first ?? ""
    let retry = self["retry_ms"].flatMap(Int64.init).map { ", retry in \(Milliseconds($0))" } ?? ""
    return StateColor.paint(state, state: state, if: color) + retry
  }
}

extension Console {
  /// Warns of a change that a crash would undo.
  func warn(ifUnsaved reply: Fields) {
    guard reply.words.contains("unsaved") else { return }
    complain("done, but not saved yet: a crash of the daemon now would undo it; see breakerctl health")
  }
}
