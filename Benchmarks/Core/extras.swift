/// The default policy first, then with one extra each.
func policies(_ half: Rate) -> [(String, Policy)] {
  [
    ("default policy", Policy()),
    (
      "a rate over a time window",
      Policy(trip: .init(failureRate: half, window: .time(bucket: .seconds(6), buckets: 10)))
    ),
    ("a limit of 20", Policy(calls: .init(limit: 20))),
    ("overdue after 10 s", Policy(calls: .init(overdue: .seconds(10)))),
    ("a ramp that is over", Policy(ramp: .init(duration: .seconds(1)))),
    ("a shadow", Policy(shadow: .init(failureRate: half, window: .calls(100)))),
    ("recovery by checks", Policy(recovery: .check, check: .init())),
  ]
}
