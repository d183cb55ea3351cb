internal import BreakerCore
internal import BreakerProtocol

/// What is told of one breaker.
struct BreakerFigures {
  let state: State
  let totals: Totals
  let callsOut: Int
  let limit: Int?
  /// When the state began, in microseconds since 1970.
  let since: Int64
}

extension MetricFamily where Subject == BreakerFigures {
  /// All that is told of each breaker. Counters that are 0 are left out where most are.
  static let ofBreakers: [MetricFamily] = [
    MetricFamily("breakerd_breaker_state", .gauge, "1 for what the breaker is doing, 0 for all else.") { figures in
      State.allCases.map { MetricSample($0 == figures.state ? 1 : 0, "state", $0.word.description) }
    },
    MetricFamily("breakerd_breaker_calls_total", .counter, "Calls that were reported, by their outcome.") { figures in
      [MetricSample(figures.totals.ok, "outcome", "ok"), MetricSample(figures.totals.failed, "outcome", "fail")]
        + counted([(figures.totals[.ignored], "ignore")], "outcome")
    },
    MetricFamily(
      "breakerd_breaker_slow_calls_total", .counter, "Calls that took as long as the policy calls slow.", .slow),
    MetricFamily("breakerd_breaker_refused_total", .counter, "Calls that were refused, by the reason.") { figures in
      counted(
        [
          (figures.totals[.refusedOpen], "open"), (figures.totals[.refusedHalfOpen], "half-open"),
          (figures.totals[.refusedForcedOpen], "forced-open"), (figures.totals[.refusedSaturated], "saturated"),
          (figures.totals[.refusedRamp], "ramp"), (figures.totals[.refusedElsewhere], "client"),
        ], "reason")
    },
    MetricFamily(
      "breakerd_breaker_transitions_total", .counter, "Changes of state or mode, and resets, by what they led to."
    ) { figures in
      counted(State.allCases.map { (figures.totals[Totals.Kind(movesTo: $0)], $0.word.description) }, "to")
    },
    MetricFamily("breakerd_breaker_openings_total", .counter, "How often it opened, or opened again.") {
      $0.totals[.opened]
    },
    MetricFamily(
      "breakerd_breaker_last_transition_time_seconds", .gauge, "When it became what it is, in seconds since 1970."
    ) { [MetricSample(microseconds: $0.since)] },
    MetricFamily("breakerd_breaker_probes_total", .counter, "Permits given to probes.", .probes),
    MetricFamily(
      "breakerd_breaker_lapsed_probes_total", .counter, "Probes that said nothing until their lease ended.", .lapsed),
    MetricFamily("breakerd_breaker_stale_reports_total", .counter, "Reports that came too late to count.", .stale),
    MetricFamily(
      "breakerd_breaker_calls_under_way", .gauge, "Probes, and calls that are tracked, that have not returned."
    ) { $0.callsOut == 0 ? [] : [MetricSample(UInt64($0.callsOut))] },
    MetricFamily("breakerd_breaker_concurrency_limit", .gauge, "How many calls may be under way at once.") { figures in
      figures.limit.map { [MetricSample(UInt64($0))] } ?? []
    },
  ]

  private init(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ total: Totals.Kind) {
    self.init(name, kind, help) { $0.totals[total] == 0 ? [] : [MetricSample($0.totals[total])] }
  }

  private static func counted(_ counts: [(UInt64, String)], _ key: StaticString) -> [MetricSample] {
    counts.filter { $0.0 > 0 }.map { MetricSample($0.0, key, $0.1) }
  }
}
