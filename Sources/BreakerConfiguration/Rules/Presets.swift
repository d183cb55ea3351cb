internal import BreakerCore

extension Preset {
  /// All presets, each with the library's own defaults, in the order in which they are shown.
  public static let all = [
    gobreaker, resilience4j, polly, hystrix, heimdall, semian, stoplight, sentinel, pybreaker, failsafe,
    circuitbreakerd, article,
  ]

  /// sony/gobreaker v2: `ReadyToTrip` is more than 5 failures in a row, `Timeout` 60 s, `MaxRequests` 1.
  private static let gobreaker = Preset(
    "gobreaker", "sony/gobreaker v2", openFor: .seconds(60), [.tripConsecutiveFailures: .count(6)])

  /// resilience4j 2: 50 % failures or 100 % slow ones of the last 100 calls; 10 calls decide in half-open.
  private static let resilience4j = Preset(
    "resilience4j", "resilience4j 2", openFor: .seconds(60),
    [
      .tripFailureRate: .rate(percent: 50), .tripSlowRate: .rate(percent: 100), .tripSlowCall: .duration(.seconds(60)),
      .tripMinimumCalls: .count(100), .tripWindowCalls: .count(100), .tripOnSuccess: .flag(true),
      .openResetAfter: .duration(.zero), .halfOpenProbes: .count(10), .halfOpenCalls: .count(10),
      .halfOpenFailureRate: .rate(percent: 50),
    ])

  /// Polly v8: `FailureRatio` 0.1 of at least 100 calls in 30 s, `BreakDuration` 5 s.
  private static let polly = Preset(
    "polly", "Polly v8", openFor: .seconds(5),
    failureRate(10, of: 100, in: .seconds(30), [.openResetAfter: .duration(.zero)]))

  /// Netflix Hystrix: 50 % of at least 20 calls in 10 s, `sleepWindow` 5 s.
  private static let hystrix = Preset(
    "hystrix", "Netflix Hystrix", openFor: .seconds(5), failureRate(50, of: 20, in: .seconds(10), orSuccess))

  /// gojek/heimdall v8: hystrix with 25 % of at least 10 calls, and half a second open.
  private static let heimdall = Preset(
    "heimdall", "gojek/heimdall v8", openFor: .milliseconds(500), failureRate(25, of: 10, in: .seconds(10), orSuccess))

  /// Shopify/semian, with the figures of its examples: 3 errors in 10 s, 10 s open, one success closes.
  private static let semian = Preset(
    "semian", "Shopify/semian, which has no defaults", openFor: .seconds(10),
    [
      .tripFailures: .count(3), .tripWindowTime: .duration(.seconds(10)), .tripWindowBuckets: .count(10),
      .openResetAfter: .duration(.zero),
    ])

  /// Stoplight 5: 3 failures in a row, `cool_off_time` 60 s; `min_requests` 10 for those who give a rate.
  private static let stoplight = Preset(
    "stoplight", "Stoplight 5", openFor: .seconds(60),
    [.tripConsecutiveFailures: .count(3), .tripMinimumCalls: .count(10)])

  /// alibaba/Sentinel, by the ratio of errors: more than half of at least 5 calls in one second, 10 s open (it has no
  /// defaults for the ratio and `timeWindow`).
  private static let sentinel = Preset(
    "sentinel", "alibaba/Sentinel by its ratio of errors, for which it has no default, nor for the open time",
    openFor: .seconds(10),
    failureRate(50, of: 5, in: .seconds(1), orSuccess.merging(moreThanHalfOfOneBucket) { $1 }))

  /// pybreaker: `fail_max` 5, `reset_timeout` 60 s.
  private static let pybreaker = Preset(
    "pybreaker", "pybreaker 1", openFor: .seconds(60), [.tripConsecutiveFailures: .count(5)])

  /// failsafe-go: one failure, `WithDelay` 1 min.
  private static let failsafe = Preset(
    "failsafe", "failsafe-go", openFor: .seconds(60), [.tripConsecutiveFailures: .count(1)])

  /// circuitbreakerd 0.1: half of at least 10 calls in 10 s, 5 s open.
  private static let circuitbreakerd = Preset(
    "circuitbreakerd", "circuitbreakerd 0.1", openFor: .seconds(5), failureRate(50, of: 10, in: .seconds(10), orSuccess)
  )

  /// The recovery loop of the article that breakerd grew from: no call passes until a try of its own succeeds, at most
  /// `retryMax` of them, `retryInterval` apart. It has no defaults; these are as many failures and tries as here.
  private static let article = Preset(
    "article", "the recovery loop (retryInterval, retryMax), which has no defaults", openFor: .seconds(5),
    [
      .tripConsecutiveFailures: .count(6), .recovery: .word(Policy.Recovery.check.rawValue),
      .checkInterval: .duration(.seconds(5)), .checkAttempts: .count(12), .checkLatch: .flag(true),
    ])

  /// A success may open as well.
  private static let orSuccess: [PolicyKey: SettingValue] = [.tripOnSuccess: .flag(true)]

  /// What Sentinel has otherwise: a window that tumbles, and a share that is to be passed, not reached.
  private static let moreThanHalfOfOneBucket: [PolicyKey: SettingValue] = [
    .tripWindowBuckets: .count(1), .tripFailureRate: .rate(Rate(basisPoints: 5_001)),
  ]

  private static func failureRate(
    _ percent: Int, of calls: Int, in time: Timespan, _ more: [PolicyKey: SettingValue]
  ) -> [PolicyKey: SettingValue] {
    let rule: [PolicyKey: SettingValue] = [
      .tripFailureRate: .rate(percent: percent), .tripMinimumCalls: .count(calls), .tripWindowTime: .duration(time),
      .tripWindowBuckets: .count(10),
    ]
    return rule.merging(more) { $1 }
  }
}

extension SettingValue {
  fileprivate static func rate(percent: Int) -> SettingValue { .rate(Rate(basisPoints: percent * 100)) }
}
