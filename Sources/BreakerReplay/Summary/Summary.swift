internal import BreakerCore

/// What a policy would have done with a trace: when it would have opened, and which calls it would have refused.
public struct Summary {
  /// Calls by how they ended.
  struct Outcomes {
    var ok = 0
    var failed = 0
    var ignored = 0

    mutating func count(_ outcome: Outcome, _ count: Int = 1) {
      switch outcome {
      case .ok: ok += count
      case .fail: failed += count
      case .ignore: ignored += count
      }
    }
  }

  /// Times at which rules that decide nothing would have opened it.
  struct Omens {
    private(set) var count = 0
    private(set) var first: (at: Instant, cause: Cause)?

    /// Several rules that come to hold at one time are one.
    mutating func add(_ causes: [(at: Instant, cause: Cause)]) {
      var previous: Instant?
      for (time, cause) in causes where time != previous {
        if first == nil { first = (time, cause) }
        count += 1
        previous = time
      }
    }
  }

  /// So many outages are listed; of the others there is only the number.
  static let listed = 20

  private(set) var calls = 0
  private(set) var refused = 0
  /// The refused calls, as far as the trace says how they would have ended.
  private(set) var refusedOutcomes = Outcomes()
  /// The calls that passed, likewise.
  private(set) var passedOutcomes = Outcomes()
  /// What was reported without having asked.
  private(set) var reports = 0
  private(set) var openings = 0
  private(set) var outages: [Outage] = []
  private(set) var outageCount = 0
  /// When its rules held under observe.
  private(set) var wouldTrip = Omens()
  /// When those of the shadow did.
  private(set) var shadowWouldTrip = Omens()
  private(set) var timeline: Timeline?
  private(set) var start = Instant.zero
  private(set) var end = Instant.zero
  /// The microseconds spent in each state, by its raw value.
  private(set) var time = SIMD8<Int64>()

  private var state = State.closed
  /// The outage that is going on; it is the last of ``outages``, unless they are too many.
  private var current: Outage?

  /// The summary of no steps.
  public init() {}

  /// Takes in what became of the step that `replay` has just performed.
  public mutating func add(_ result: StepResult, of replay: borrowing Replay) {
    if timeline == nil {
      timeline = Timeline(from: result.time)
      (start, end) = (result.time, result.time)
    }
    for move in replay.moves {
      spend(until: move.at)
      moved(move)
    }
    spend(until: result.time)
    wouldTrip.add(replay.wouldTrip)
    shadowWouldTrip.add(replay.shadowWouldTrip)
    count(result.account)
  }

  /// The outages that are listed, the one that is going on included.
  var listedOutages: [Outage] {
    guard let current, outages.count < Self.listed else { return outages }
    return outages + [current]
  }

  private mutating func spend(until now: Instant) {
    guard now > end else { return }
    time[Int(state.rawValue)] += (now - end).microseconds
    timeline?.spend(until: now, in: state)
    end = now
  }

  private mutating func moved(_ move: Transition) {
    state = move.to
    switch move.to {
    case .open:
      openings += 1
      if current == nil {
        outageCount += 1
        current = Outage(start: move.at, cause: move.cause)
      } else {
        current?.reopenings += 1
      }
    case .halfOpen: break
    case .closed, .forcedOpen, .forcedClosed, .observe:
      guard var outage = current else { return }
      outage.end = move.at
      if outages.count < Self.listed { outages.append(outage) }
      current = nil
    }
  }

  private mutating func count(_ account: StepResult.Account) {
    switch account {
    case .nothing: break
    case .asked(let count, let refused, let outcome):
      calls += count
      self.refused += refused
      current?.refused += refused
      if let outcome {
        refusedOutcomes.count(outcome, refused)
        passedOutcomes.count(outcome, count - refused)
      }
      timeline?.count(count, failed: outcome == .fail ? count - refused : 0, refused: refused)
    case .ended(let outcome, let wasRefused):
      if wasRefused { refusedOutcomes.count(outcome) } else { passedOutcomes.count(outcome) }
      timeline?.count(0, failed: outcome == .fail && !wasRefused ? 1 : 0)
    case .reported(let outcome, let count):
      reports += count
      timeline?.count(count, failed: outcome == .fail ? count : 0)
    }
  }
}
