import BreakerClient

/// Tells what happens, line by line, each with its time.
struct Story {
  private let client: BreakerClient
  private let start = MonotonicTime.now
  private var last: BreakerView?

  init(watching client: BreakerClient) { self.client = client }

  /// Tells something.
  func tell(_ text: String, at time: MonotonicTime = .now) {
    let seconds = time.since(start).inSeconds
    Output.line(String(repeating: " ", count: max(8 - seconds.count, 0)) + seconds + "  " + text)
  }

  /// Watches the breaker for so long, or until it is as wanted, and tells each of its moves.
  ///
  /// - Returns: How it was at the end; nil: never as wanted.
  @discardableResult
  mutating func follow(
    for time: Duration, until isWanted: ((BreakerView) -> Bool)? = nil
  ) async throws -> BreakerView? {
    let end = ContinuousClock.now + time
    while true {
      if let view = try await BreakerView.ask(client) {
        // A generation begins with each move.
        if view.generation != last?.generation { tell(view) }
        last = view
        if let isWanted, isWanted(view) { return view }
      }
      guard ContinuousClock.now < end else { return isWanted == nil ? last : nil }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  private func tell(_ view: BreakerView) {
    guard let from = view.from, let cause = view.cause else { return }
    let length = view.openFor.map { "for \($0.inSeconds)" } ?? "until an admin acts"
    switch (from, view.state) {
    case ("closed", "open"): tell("the breaker OPENS (\(cause)): no worker may call \(length)", at: view.since)
    case ("half-open", "open"): tell("probe \(view.opened - 1) failed: open again, \(length)", at: view.since)
    case ("half-open", "closed"):
      tell("probe \(view.opened) succeeded: the breaker CLOSES, all go on", at: view.since)
    // That a probe may go is told with how it went.
    case (_, "half-open"): break
    default: tell("the breaker moves from \(from) to \(view.state) (\(cause))", at: view.since)
    }
  }
}
