/// The figures of the demo.
enum Scenario {
  /// The name of the breaker.
  static let breaker = "upstream"
  /// Processes that call the upstream, each one call at a time.
  static let workers = 8
  /// Failures in a row that trip the breaker.
  static let threshold = 5

  /// What the daemon's breakers follow. One outage holds several openings, so they are short.
  static let policy = [
    "trip.consecutive_failures=\(threshold)", "open.duration=400ms", "open.backoff=2", "open.max_duration=800ms",
    "open.jitter=10%", "half_open.probes=1", "half_open.successes=1",
  ]

  /// How long a worker lets a call take.
  static let callTimeout = Duration.milliseconds(250)
  /// How long a worker waits between two calls, answered or refused: from, to.
  static let pause = 15...25
  /// How long a worker lets the daemon take. Long, and without an answer no call is made: on a machine that is too busy
  /// to answer, an unguarded call would spoil the count. An application would rather call than wait.
  static let daemonDeadline = Duration.seconds(1)

  /// How long the upstream takes for an answer, good or bad.
  static let serviceTime = Duration.milliseconds(5)
  /// How long it takes while it hangs; more than a worker waits. The outage begins like this, so that the last good
  /// answers are long told when the first failures are, and no late success breaks their run.
  static let hangTime = Duration.milliseconds(300)

  /// The upstream works for this long at first,
  static let healthyFor = Duration.seconds(1)
  /// then hangs for this long,
  static let hangingFor = Duration.milliseconds(1_400)
  /// then fails for this long.
  static let failingFor = Duration.milliseconds(1_600)
  /// Healthy again, it must be found so within this time,
  static let recoveredWithin = Duration.seconds(4)
  /// and is called for this long thereafter.
  static let recoveredFor = Duration.milliseconds(1_200)

  /// The whole must end within this time, whatever happens.
  static let limit = Duration.seconds(30)
}
