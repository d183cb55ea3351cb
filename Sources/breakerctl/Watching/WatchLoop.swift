internal import BreakerClient
internal import BreakerProtocol

/// Prints what happens to breakers, and finds the daemon again when it was restarted.
///
/// What it prints waits for whoever reads it: then nothing is read from the daemon either, which is made for that.
struct WatchLoop: Sendable {
  let socket: SocketChoice
  let glob: String?
  let wantsStates: Bool
  /// How long to wait for the daemon to begin.
  let deadline: Duration
  let console: Console
  /// Where transitions go for a command to be run.
  let hooks: HookQueue?

  /// Runs until nobody reads what is printed.
  ///
  /// - Returns: What ended it otherwise, or kept it from beginning.
  func run() async -> Failure? {
    var backoff = Backoff()
    var hasBegun = false
    var isLost = false
    var last: Int64 = 0
    while true {
      do throws(BreakerRequestError) {
        let client = client()
        let watch = try await client.watch(glob)
        let states = wantsStates ? try await states(watch, client) : []
        await client.shutdown()
        if isLost {
          let missed = last > 0 ? "; what happened meanwhile: breakerctl events --since \(last)" : ""
          console.complain("connected again" + missed)
        }
        (hasBegun, isLost) = (true, false)
        backoff.reset()
        guard say(states: states) else { return nil }
        for try await event in watch {
          last = max(last, Self.sequence(event))
          guard handle(event) else { return nil }
        }
        return nil
      } catch {
        let failure = Failure(error, socket: socket)
        guard hasBegun, Self.canPass(error) else { return failure }
        if !isLost { console.complain("\(error.description); trying again") }
        isLost = true
      }
      try? await Task.sleep(for: backoff.next())
    }
  }

  /// A new client for each try: an old one waits before it connects again.
  private func client() -> BreakerClient {
    var configuration = BreakerClient.Configuration(socketPath: socket.path)
    configuration.deadline = deadline
    configuration.logger = nil
    configuration.name = "breakerctl"
    return BreakerClient(configuration: configuration)
  }

  /// The breakers as they are: those of the first page, and of all others.
  private func states(_ watch: BreakerWatch, _ client: BreakerClient) async throws(BreakerRequestError) -> [Fields] {
    var rows = watch.firstPage
    var next = watch.cursor.flatMap(Int64.init)
    while let cursor = next {
      var line = RequestLine(.list)
      do { try line.add(glob ?? "*") } catch {
        throw .refused(code: ErrorCode.badName.rawValue, text: error.description)
      }
      line.add(.cursor, cursor)
      guard case .list(let page, let cursor) = try await client.request(line) else { break }
      rows += page
      next = cursor.flatMap(Int64.init)
    }
    return rows.sorted { ($0["name"] ?? "") < ($1["name"] ?? "") }
  }

  private func say(states: [Fields]) -> Bool {
    guard !states.isEmpty else { return true }
    guard console.json else { return console.say(TextTable(states).rendered(color: console.color)) }
    return states.allSatisfy { console.say(JSONText.object([.init("event", "state")] + $0.pairs)) }
  }

  /// Whether it was told to somebody.
  private func handle(_ event: BreakerEvent) -> Bool {
    switch event {
    case .transition(let transition):
      hooks?.add(transition)
      return console.say(console.json ? JSONText.object(transition.facts) : transition.text(color: console.color))
    case .forgotten(let breaker):
      return console.say(console.json ? JSONText.object(breaker.facts) : breaker.text)
    case .lag(let skipped, let mustList):
      let rest = mustList ? ", and forgotten ones are not told: see breakerctl list" : ""
      console.complain("too slow: \(skipped) transitions were skipped; the newest of each breaker follow" + rest)
      guard console.json else { return true }
      let again = mustList ? [Fields.Pair("list", "again")] : []
      return console.say(JSONText.object([.init("event", "lag"), .init("skipped", "\(skipped)")] + again))
    }
  }

  /// The number of what happened; 0: it has none.
  private static func sequence(_ event: BreakerEvent) -> Int64 {
    switch event {
    case .transition(let transition): transition.sequence
    case .forgotten(let breaker): breaker.sequence
    case .lag: 0
    }
  }

  /// Whether trying again can help.
  private static func canPass(_ error: BreakerRequestError) -> Bool {
    switch error {
    case .unavailable: true
    case .refused(let code, _): ErrorCode(rawValue: code)?.isRetryable ?? false
    }
  }
}
