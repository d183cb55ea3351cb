extension Breaker {
  /// Counts a report of a closed or observed breaker, and applies the trip rules.
  mutating func record(_ report: Report, _ moment: Moment) -> Receipt {
    let slow = countTotals(report)
    guard report.outcome != .ignore else { return .counted }
    let failed = report.outcome == .fail
    let calls = Counts(total: report.count, failures: failed ? report.count : 0, slow: slow ? report.count : 0)
    return record(calls, duration: report.duration, endedAt: moment.now - report.age, moment)
  }

  /// Counts calls that took so long (nil: not known), and applies the trip rules.
  mutating func record(
    _ calls: Counts, duration: Timespan?, endedAt end: Instant, _ moment: Moment
  ) -> Receipt {
    if let rare { tellShadow(rare, calls, duration, end, moment.now) }
    tally.roll(to: moment.now)
    if state == .observe { told.formIntersection(tally.holding(by: policy.trip)) }
    guard tally.record(calls, endedAt: end, lump: policy.trip.lump) else { return .counted }
    let canTrip = calls.failures > 0 || calls.slow > 0 || policy.trip.onSuccess
    guard state == .closed else {
      let news = tally.news(by: policy.trip, canTrip: canTrip, told: &told)
      return news.isEmpty ? .counted : .wouldTrip(news)
    }
    guard canTrip else { return .counted }
    for rule in Rule.allCases {
      if let cause = tally.verdict(of: rule, by: policy.trip) { return .moved(open(cause, moment)) }
    }
    return .counted
  }

  /// Feeds the second policy, if there is one.
  private func tellShadow(_ rare: RareState, _ calls: Counts, _ duration: Timespan?, _ end: Instant, _ now: Instant) {
    guard let trip = policy.shadow else { return }
    let news = rare.shadow?.record(calls, duration: duration, endedAt: end, by: trip, at: now) ?? []
    for cause in news { rare.tell(.shadowWouldTrip(cause, at: now)) }
  }
}
