/// What trip rules look at: the outcomes since the generation began, the window, and the run of failures.
struct Tally {
  /// All calls of the generation.
  var counts = Counts.zero
  var window: Window?
  /// Failures in a row.
  var run = 0
  /// When the last failure of the run ended; while the run is empty, that of the run before. Before the first failure of
  /// the generation, ``Instant/distantPast``.
  var runEnd = Instant.distantPast

  init(_ shape: Policy.WindowShape, at now: Instant) { window = Window(shape, at: now) }

  /// The calls that the windowed rules look at.
  var judged: Counts { window?.counts ?? counts }

  /// Lets the window go on to `now`. The turn of a tumbling one ends the run of failures too.
  mutating func roll(to now: Instant) {
    guard case .time(let window) = window, window.roll(to: now) else { return }
    if window.isTumbling { run = 0 }
  }

  /// Counts calls that ended at `end`, after ``roll(to:)``.
  ///
  /// - Returns: Whether they count: not those that the window does not reach back to, nor a failure that is one event
  ///   with another.
  @inline(__always)
  mutating func record(_ calls: Counts, endedAt end: Instant, lump: Timespan?) -> Bool {
    let failed = calls.failures > 0
    if failed, let lump, isLumped(end, within: lump) { return false }
    switch window {
    case .time(let window): guard window.record(calls, endedAt: end) else { return false }
    case .calls(let window): window.record(failed: failed, slow: calls.slow > 0, count: calls.total)
    case nil: break
    }
    counts += calls
    if failed {
      runEnd = run == 0 ? end : max(runEnd, end)
      run += calls.total
    } else if end >= runEnd {
      run = 0
    }
    return true
  }

  /// Begins anew, with a window of the same shape.
  mutating func clear() {
    counts = .zero
    window?.clear()
    run = 0
    runEnd = .distantPast
  }

  // MARK: Rules

  /// Why `rule` holds; nil if it does not, or is not configured.
  func verdict(of rule: Rule, by trip: borrowing Policy.Trip) -> Cause? {
    trip.verdict(of: rule, run: run, window: judged)
  }

  /// The rules that hold now.
  func holding(by trip: borrowing Policy.Trip) -> Rules {
    var holding: Rules = []
    for rule in Rule.allCases where verdict(of: rule, by: trip) != nil { holding.insert(Rules(rule)) }
    return holding
  }

  /// The rules that hold and have not been told of; `told` is brought up to now.
  ///
  /// - Parameter canTrip: Whether the outcome that was counted last may open at all; if not, only what has ceased to
  ///   hold is noted.
  func news(by trip: borrowing Policy.Trip, canTrip: Bool, told: inout Rules) -> [Cause] {
    let holding = holding(by: trip)
    guard canTrip else {
      told.formIntersection(holding)
      return []
    }
    var news: [Cause] = []
    for rule in Rule.allCases where holding.contains(Rules(rule)) && !told.contains(Rules(rule)) {
      if let cause = verdict(of: rule, by: trip) { news.append(cause) }
    }
    told = holding
    return news
  }

  /// Whether a failure that ended then is one event with the last that was counted, however they came in.
  private func isLumped(_ end: Instant, within span: Timespan) -> Bool {
    let apart = end < runEnd ? runEnd - end : end - runEnd
    return runEnd != .distantPast && apart < span
  }
}
