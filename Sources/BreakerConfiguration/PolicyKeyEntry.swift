import BreakerCore

/// What a ``PolicyKey`` takes and means: one line of the table of keys.
public struct PolicyKeyEntry: Sendable {
  /// What a value looks like, and its range.
  public let kind: ValueKind
  /// What `off` leaves; nil: the built-in value.
  public let off: String?
  /// What the key means, in one line.
  public let help: String
  /// The value below all layers; nil: there is none.
  let builtIn: SettingValue?

  init(_ kind: ValueKind, builtIn: SettingValue? = nil, off: String? = nil, _ help: String) {
    self.kind = kind
    self.builtIn = builtIn
    self.off = off
    self.help = help
  }
}

extension PolicyKey {
  /// The table of keys: parsing, ranges, built-in values and help all come from it.
  public var entry: PolicyKeyEntry {
    switch self {
    case .tripConsecutiveFailures:
      .init(.count(1...1_000_000), builtIn: .count(5), off: "no such rule", "Opens at this many failures in a row.")
    case .tripFailures:
      .init(.count(1...1_000_000), off: "no such rule", "Opens at this many failures in the window.")
    case .tripFailureRate:
      .init(.rate, off: "no such rule", "Opens when failures reach this share of the window's calls.")
    case .tripSlowRate:
      .init(.rate, off: "no such rule", "Opens when slow calls reach this share of the window's calls.")
    case .tripSlowCall:
      .init(.positiveDuration, off: "no call is slow", "A call that took this long or longer is slow.")
    case .tripMinimumCalls:
      .init(
        .count(1...1_000_000), builtIn: .count(20), off: "20, or trip.window.calls if less",
        "The rates say nothing before the window holds this many calls.")
    case .tripWindow:
      .init(.word(["none"]), "No window: the rules look at all calls since the breaker closed.")
    case .tripWindowTime:
      .init(.positiveDuration, "The rules look at the calls of this last span of time (60s if only buckets is given).")
    case .tripWindowBuckets:
      .init(.count(1...1_000), "The span slides in this many steps of whole milliseconds (10 if only time is given).")
    case .tripWindowCalls:
      .init(.count(1...10_000), "The rules look at this many last calls.")
    case .tripOnSuccess:
      .init(.flag, builtIn: .flag(false), "Opens after a success as well, if a rule holds then.")
    case .lump:
      .init(
        .positiveDuration, off: "each failure counts",
        "A failure less than this from the last one that counted is the same event: it enters the totals only.")
    case .overdue:
      .init(
        .positiveDuration, off: "no call is overdue",
        "A call under way for longer than this counts as slow and failed before it returns.")
    case .concurrencyLimit:
      .init(.count(1...10_000), off: "no limit", "At most this many calls are under way at once, on the whole host.")
    case .concurrencyLease:
      .init(
        .positiveDuration, builtIn: .duration(.seconds(60)),
        "With a limit or overdue: a call not reported within this time is no longer waited for.")
    case .openDuration:
      .init(.positiveDuration, builtIn: .duration(.seconds(5)), "How long the breaker stays open the first time.")
    case .openBackoff:
      .init(
        .factor(hundredths: 100...10_000), builtIn: .factor(hundredths: 200),
        "Each further opening in a row lasts this many times as long.")
    case .openMaxDuration:
      .init(
        .positiveDuration, builtIn: .duration(.seconds(120)), off: "the larger of 2m and open.duration",
        "No opening lasts longer than this.")
    case .openJitter:
      .init(.rate, builtIn: .rate(Rate(basisPoints: 1_000)), "Each opening is up to this share longer or shorter.")
    case .openResetAfter:
      .init(.anyDuration, off: "open.duration", "Closed for this long, the breaker forgets how often it has opened.")
    case .halfOpenProbes:
      .init(.count(1...1_000), builtIn: .count(1), "At most this many probes are out at once.")
    case .halfOpenSuccesses:
      .init(.count(1...10_000), builtIn: .count(1), "This many successes close; one failure opens again.")
    case .halfOpenCalls:
      .init(.count(1...10_000), "After this many settled calls half_open.failure_rate decides.")
    case .halfOpenFailureRate:
      .init(.rate, "Opens again if this share of half_open.calls or more failed, else closes.")
    case .halfOpenLease:
      .init(
        .positiveDuration, builtIn: .duration(.seconds(30)), "A probe not settled within this time counts as a failure."
      )
    case .halfOpenMaxLease:
      .init(
        .positiveDuration, builtIn: .duration(.seconds(600)),
        "No probe gets a longer lease than this, nor does a slot unless concurrency.lease is longer."
      )
    case .halfOpenMaxWait:
      .init(.positiveDuration, off: "no limit", "Undecided for this long after its first probe, it opens again.")
    case .recovery:
      .init(
        .word(Policy.Recovery.allCases.map(\.rawValue)), builtIn: .word(Policy.Recovery.traffic.rawValue),
        "Who may bring an open breaker back: traffic, only an admin (manual), or a prober (check).")
    case .checkInterval:
      .init(
        .positiveDuration, builtIn: .duration(.seconds(5)),
        "With recovery=check: a prober tries the dependency this often.")
    case .checkAttempts:
      .init(
        .count(1...10_000), builtIn: .count(12), "After this many failed tries it goes on every open.max_duration only."
      )
    case .checkLatch:
      .init(.flag, builtIn: .flag(false), "After the last attempt the breaker stays open until an admin resets it.")
    case .checkTimeout:
      .init(.positiveDuration, builtIn: .duration(.seconds(2)), "For the prober: how long one try may take.")
    case .checkHTTP:
      .init(.httpAddress, off: "nothing is asked for", "For the prober: what it asks for by HTTP.")
    case .checkExpect:
      .init(.count(100...599), builtIn: .count(200), "For the prober: the status it expects then.")
    case .checkTCP:
      .init(.tcpAddress, off: "nothing is connected to", "For the prober: what it connects to by TCP.")
    case .rampStart:
      .init(
        .rate, builtIn: .rate(Rate(basisPoints: 1_000)), "With ramp.duration: the share of calls that pass at first.")
    case .rampDuration:
      .init(
        .positiveDuration, off: "all calls pass at once",
        "After half-open a share of the calls passes that grows to all in this time.")
    case .shadowConsecutiveFailures, .shadowFailures, .shadowFailureRate, .shadowSlowRate, .shadowSlowCall,
      .shadowMinimumCalls, .shadowWindow, .shadowWindowTime, .shadowWindowBuckets, .shadowWindowCalls, .shadowOnSuccess,
      .shadowLump:
      shadowEntry
    case .forgetAfter:
      .init(
        .positiveDuration, builtIn: .duration(.seconds(86_400)), off: "never dropped",
        "A breaker made by being used is dropped when it has been closed and idle for this long.")
    }
  }

  private var shadowEntry: PolicyKeyEntry {
    guard let original else { preconditionFailure("\(self) has no like among the rules that decide") }
    let entry = original.entry
    return .init(
      entry.kind, off: self == .shadowMinimumCalls ? "20, or shadow.trip.window.calls if less" : entry.off,
      "As \(original), for a second set of rules that only tells when it would have opened.")
  }

  /// The value below all layers, as it would be written; nil: there is none.
  public var builtIn: String? { entry.builtIn?.notation }
}
