extension Breaker {
  /// Counts a report of a closed or observed breaker, and applies the trip rules.
  mutating func record(_ report: Report, _ moment: Moment) -> Receipt {
    let slow = countTotals(report)
    guard report.outcome != .ignore else { return .counted }
    let failed = report.outcome == .fail
    let calls = Counts(total: report.count, failures: failed ? report.count : 0, slow: slow ? report.count : 0)
    return record(calls, endedAt: moment.now - report.age, moment)
  }

  private mutating func record(_ calls: Counts, endedAt end: Instant, _ moment: Moment) -> Receipt {
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
}
