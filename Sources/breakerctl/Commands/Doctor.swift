internal import ArgumentParser
internal import BreakerClient
internal import BreakerProtocol

struct Doctor: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Look whether the service, its sockets and files are as they should be, and say what mends what is not.",
    discussion: """
      A line for each thing looked at: ok, warning or problem; below it the command that mends it. Exits with 0 if all is ok, \
      else with 1. As root it sees more.
      """)

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "Whether this user may make calls and act as an admin; takes root, for another than oneself.", valueName: "user"))
  var user: String?

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.untouched

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let places = DaemonPlaces(of: socket)
    let service = places.isService ? ServiceCheck() : nil
    var findings = service?.findings ?? []
    if let user { try Account.become(user) }
    let visit = DaemonVisit(
      places, deadline: patience.timeout?.duration ?? .seconds(2), isRunning: service?.isRunning ?? true)
    findings += visit.findings
    if user != nil { Account.comeBack() }
    findings += FileCheck(places, state: visit.state, configuration: service?.configuration).findings
    print(findings, on: console)
    return findings.allSatisfy { $0.level == .ok } ? ExitStatus.done : ExitStatus.found
  }

  private func print(_ findings: [Finding], on console: Console) {
    if console.json {
      let rows = findings.map { finding in
        JSONText.object(
          [.init("level", finding.level.rawValue), .init("what", finding.text)]
            + (finding.mend.map { [.init("mend", $0)] } ?? []))
      }
      console.say(JSONText.array(rows))
      return
    }
    for finding in findings {
      let word = finding.level.rawValue
      console.say(word + String(repeating: " ", count: 9 - word.count) + TextTable.printable(finding.text))
      for line in (finding.mend ?? "").split(separator: "\n") {
        console.say("             " + TextTable.printable(String(line)))
      }
    }
  }
}
