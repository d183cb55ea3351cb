/// An option of a breaker library that a key of ours does the work of.
public struct PeerOption: Equatable, Sendable {
  /// The library.
  public let peer: String
  /// Its option, as it is written there.
  public let name: String

  /// Whether this is the option's name, in whatever case it is written.
  func isNamed(_ text: String) -> Bool { Self.plain(name) == Self.plain(text) }

  private static func plain(_ text: String) -> String {
    String(decoding: text.utf8.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self).lowercased()
  }
}

extension PolicyKey {
  /// What people who come from another library know this key as.
  public var peers: [PeerOption] {
    (Self.table[self] ?? []).map { PeerOption(peer: $0, name: $1) }
  }

  private static let table: [PolicyKey: [(String, String)]] = [
    .tripConsecutiveFailures: [
      ("pybreaker", "fail_max"), ("stoplight", "threshold"), ("gobreaker", "ConsecutiveFailures"),
      ("envoy", "consecutive_5xx"),
    ],
    .tripFailures: [
      ("semian", "error_threshold"), ("failsafe", "WithFailureThreshold"), ("gobreaker", "TotalFailures"),
    ],
    .tripFailureRate: [
      ("resilience4j", "failureRateThreshold"), ("polly", "FailureRatio"), ("hystrix", "errorThresholdPercentage"),
      ("heimdall", "ErrorPercentThreshold"),
    ],
    .tripSlowRate: [("resilience4j", "slowCallRateThreshold")],
    .tripSlowCall: [("resilience4j", "slowCallDurationThreshold")],
    .tripMinimumCalls: [
      ("resilience4j", "minimumNumberOfCalls"), ("polly", "MinimumThroughput"), ("hystrix", "requestVolumeThreshold"),
      ("stoplight", "min_requests"), ("sentinel", "minRequestAmount"), ("circuitbox", "volume_threshold"),
      ("opossum", "volumeThreshold"),
    ],
    .tripWindowTime: [
      ("polly", "SamplingDuration"), ("gobreaker", "Interval"), ("semian", "error_threshold_timeout"),
      ("stoplight", "window_size"), ("sentinel", "statIntervalMs"), ("circuitbox", "time_window"),
      ("opossum", "rollingCountTimeout"),
    ],
    .tripWindowBuckets: [("gobreaker", "BucketPeriod"), ("hystrix", "numBuckets"), ("opossum", "rollingCountBuckets")],
    .tripWindowCalls: [("resilience4j", "slidingWindowSize"), ("failsafe", "WithFailureThresholdRatio")],
    .lump: [("semian", "lumping_interval")],
    .concurrencyLimit: [
      ("heimdall", "MaxConcurrentRequests"), ("semian", "tickets"), ("semian", "quota"), ("opossum", "capacity"),
    ],
    .openDuration: [
      ("resilience4j", "waitDurationInOpenState"), ("polly", "BreakDuration"), ("hystrix", "sleepWindow"),
      ("gobreaker", "Timeout"), ("semian", "error_timeout"), ("pybreaker", "reset_timeout"),
      ("stoplight", "cool_off_time"), ("sentinel", "timeWindow"), ("failsafe", "WithDelay"),
      ("opossum", "resetTimeout"), ("circuitbox", "sleep_window"), ("envoy", "base_ejection_time"),
    ],
    .openBackoff: [
      ("resilience4j", "waitIntervalFunctionInOpenState"), ("semian", "exponential_backoff_error_timeout"),
      ("polly", "BreakDurationGenerator"),
    ],
    .openMaxDuration: [("apisix", "max_breaker_sec"), ("envoy", "max_ejection_time")],
    .openJitter: [("resilience4j", "ofExponentialRandomBackoff"), ("envoy", "max_ejection_time_jitter")],
    .halfOpenProbes: [("gobreaker", "MaxRequests")],
    .halfOpenSuccesses: [
      ("gobreaker", "MaxRequests"), ("semian", "success_threshold"), ("pybreaker", "success_threshold"),
      ("stoplight", "recovery_threshold"), ("failsafe", "WithSuccessThreshold"),
    ],
    .halfOpenCalls: [
      ("resilience4j", "permittedNumberOfCallsInHalfOpenState"), ("failsafe", "WithSuccessThresholdRatio"),
    ],
    .halfOpenMaxWait: [("resilience4j", "maxWaitDurationInHalfOpenState")],
    .checkInterval: [("article", "retryInterval")],
    .checkAttempts: [("article", "retryMax")],
  ]
}
