internal import ArgumentParser
internal import BreakerProtocol

struct Sync: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait until all that was decided before is saved, and would outlive a crash.",
    discussion:
      "Exits 69 if that was not to be had: the disk is too slow, or takes nothing; 'breakerctl health' says more.")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let reply = try talk(socket).line(RequestLine(.sync))
    let isSaved = !reply.words.contains("unsaved")
    if console.json { console.say(facts: [.init("saved", "\(isSaved)")]) }
    console.warn(ifUnsaved: reply)
    return isSaved ? ExitStatus.done : ExitStatus.unreachable
  }
}
