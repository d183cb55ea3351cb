internal import ArgumentParser
internal import BreakerProtocol

struct Sync: PatientCommand {
  static let configuration = CommandConfiguration(
    abstract: "Wait until all that was decided before is saved, and would outlive a crash.")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let reply = try talk(socket).line(RequestLine(.sync))
    if console.json { console.say(facts: [.init("saved", "\(!reply.words.contains("unsaved"))")]) }
    console.warn(ifUnsaved: reply)
    return ExitStatus.done
  }
}
