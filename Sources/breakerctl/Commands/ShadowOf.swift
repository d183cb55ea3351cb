internal import ArgumentParser
internal import BreakerProtocol

struct ShadowOf: PatientCommand {
  static let configuration = CommandConfiguration(
    commandName: "shadow",
    abstract: "What NAME does beside what its second rules would do: rules, figures, and trips side by side.")

  @Argument(help: "The breaker.") var name: String
  @Option(help: ArgumentHelp("List at most so many trips, the newest.", valueName: "number")) var limit = 20
  @OptionGroup var patience: Patience
  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.adminsIfFree

  func validate() throws {
    if limit < 0 { throw ValidationError("--limit is 0 or more") }
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let name = try checked(name: name)
    let talk = talk(socket)
    var show = RequestLine(.show)
    try show.add(name)
    let facts = try talk.rows(show).flatMap(\.pairs)
    var trips = TripPair()
    var events = RequestLine(.events)
    try events.add(name)
    try talk.pages(events, by: .since) { page in
      for event in page { trips.add(event, keeping: limit) }
      return true
    }
    var why = RequestLine(.why)
    try why.add(name)
    trips.add(explanation: try talk.rows(why))
    guard let text = ShadowText(facts, trips) else {
      throw Failure(
        ExitStatus.badData,
        "\(name) has no second rules: write shadow: {trip: …} in its entry, or try "
          + "breakerctl set \(name) shadow.trip.consecutive_failures=5")
    }
    if console.json {
      console.say(text.json)
      return ExitStatus.done
    }
    console.say(facts: text.head)
    console.say(TextTable(text.rows).rendered(color: console.color))
    guard !trips.newest.isEmpty else { return ExitStatus.done }
    console.say("trips, the oldest first:")
    console.say(TextTable(text.trips).rendered(color: console.color))
    return ExitStatus.done
  }
}
