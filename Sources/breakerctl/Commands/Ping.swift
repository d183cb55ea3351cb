internal import ArgumentParser
internal import BreakerProtocol

struct Ping: PatientCommand {
  static let configuration = CommandConfiguration(abstract: "Is the daemon there?")

  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let clock = ContinuousClock()
    let talk = talk(socket)
    let begin = clock.now
    let reply = try talk.line(RequestLine(.ping))
    let (seconds, attoseconds) = (clock.now - begin).components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    if console.json {
      console.say(facts: [
        .init("reply", reply.text), .init("socket", socket.path),
        .init("ms", "\(microseconds / 1_000).\("\(1_000 + microseconds % 1_000)".dropFirst())"),
      ])
    } else {
      console.say("\(reply.text) from \(socket.path) in \(microseconds) us, connecting included")
    }
    return ExitStatus.done
  }
}
