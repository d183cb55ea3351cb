/// How one breaker behaves: when it opens, for how long, and what it takes to close again.
///
/// A policy is shared by every breaker that follows it and never changes; a breaker that is given another one says so
/// by ``Breaker/adopt(_:at:)``. The ranges below are checked where policies are made (the configuration), not here.
public final class Policy: Sendable {
  /// What opens a closed breaker.
  public let trip: Trip
  /// How long it stays open.
  public let open: Open
  /// What a half-open breaker admits, and what it takes as proof.
  public let halfOpen: HalfOpen
  /// Who may bring an open breaker back.
  public let recovery: Recovery
  /// What the prober does; nil unless ``recovery`` is `check`.
  public let check: Check?
  /// How calls come back after an outage; nil: all at once.
  public let ramp: Ramp?
  /// What is known of calls under way, and asked of them.
  public let calls: Calls
  /// A second set of rules that only tells when it would have opened; nil: none.
  public let shadow: Trip?
  /// A breaker that was made by being used is let go after it has been closed and idle for this long; nil: never. It is
  /// the breaker's keeper that does so.
  public let forgetAfter: Timespan?
  /// Whether it asks for anything that most do not.
  let hasExtras: Bool

  /// A policy of these parts; what is left out is the built-in default.
  public init(
    trip: Trip = Trip(consecutiveFailures: 5), open: Open = Open(), halfOpen: HalfOpen = HalfOpen(),
    recovery: Recovery = .traffic, check: Check? = nil, ramp: Ramp? = nil, calls: Calls = Calls(), shadow: Trip? = nil,
    forgetAfter: Timespan? = .seconds(86_400)
  ) {
    self.trip = trip
    self.open = open
    self.halfOpen = halfOpen
    self.recovery = recovery
    self.check = recovery == .check ? check ?? Check() : nil
    self.ramp = ramp
    self.calls = calls
    self.shadow = shadow
    self.hasExtras = recovery == .check || ramp != nil || calls.areTracked || shadow != nil
    self.forgetAfter = forgetAfter
  }

  /// Who may bring an open breaker back.
  public enum Recovery: String, CaseIterable, Sendable {
    /// The first callers after the open time are probes.
    case traffic
    /// It stays open until an admin resets it.
    case manual
    /// A prober tries the dependency; as `traffic` while there is none.
    case check
  }

  /// The rules that open a closed breaker; any one that holds does.
  public struct Trip: Equatable, Sendable {
    /// Opens at this many failures in a row, 1 or more; nil: no such rule.
    public var consecutiveFailures: Int?
    /// Opens at this many failures in the window, 1 or more; nil: no such rule.
    public var failures: Int?
    /// Opens when failures reach this share of the window's calls; nil: no such rule.
    public var failureRate: Rate?
    /// Opens when slow calls reach this share of the window's calls; nil: no such rule. Needs ``slowCall``.
    public var slowRate: Rate?
    /// A call that took this long or longer is slow; nil: no call is.
    public var slowCall: Timespan?
    /// The two rates say nothing before the window holds this many calls, 1 or more.
    public var minimumCalls: Int
    /// The calls that the windowed rules look at.
    public var window: WindowShape
    /// Whether a success that was not slow opens as well, if a rule holds after it was counted.
    public var onSuccess: Bool
    /// A failure that ended less than this before or after the last counted one is the same event: it enters the totals
    /// only. Nil: each failure is one of its own.
    public var lump: Timespan?

    /// These rules; nil: no such rule.
    public init(
      consecutiveFailures: Int? = nil, failures: Int? = nil, failureRate: Rate? = nil, slowRate: Rate? = nil,
      slowCall: Timespan? = nil, minimumCalls: Int = 20, window: WindowShape = .generation,
      onSuccess: Bool = false, lump: Timespan? = nil
    ) {
      self.consecutiveFailures = consecutiveFailures
      self.failures = failures
      self.failureRate = failureRate
      self.slowRate = slowRate
      self.slowCall = slowCall
      self.minimumCalls = minimumCalls
      self.window = window
      self.onSuccess = onSuccess
      self.lump = lump
    }

    /// Whether a rule looks at the window, not at the run of failures alone.
    public var hasWindowedRule: Bool { failures != nil || failureRate != nil || slowRate != nil }
  }

  /// Which calls the windowed rules look at.
  public enum WindowShape: Hashable, Sendable {
    /// All since the breaker closed.
    case generation
    /// Those of the last `buckets` spans of `bucket` each, on a fixed grid. One bucket: a tumbling window, whose turn
    /// also ends the run of failures. `bucket`: 1 ms or more; `buckets`: 1 to 1,000.
    case time(bucket: Timespan, buckets: Int)
    /// The last `count` ones, 1 to 10,000.
    case calls(Int)
  }

  /// How long a breaker stays open.
  public struct Open: Equatable, Sendable {
    /// The first time it opens, longer than zero.
    public var duration: Timespan
    /// Each further opening in a row lasts this many times as long, 1 or more.
    public var backoff: Double
    /// But no longer than this; not less than ``duration``.
    public var maxDuration: Timespan
    /// Give or take this share, so that not all hosts come back at once.
    public var jitter: Rate
    /// Closed for this long, the breaker forgets how often it has opened.
    public var resetAfter: Timespan

    /// These lengths; the defaults are the built-in ones.
    public init(
      duration: Timespan = .seconds(5), backoff: Double = 2, maxDuration: Timespan = .seconds(120),
      jitter: Rate = Rate(basisPoints: 1_000), resetAfter: Timespan? = nil
    ) {
      self.duration = duration
      self.backoff = backoff
      self.maxDuration = maxDuration
      self.jitter = jitter
      self.resetAfter = resetAfter ?? duration
    }
  }

  /// What a half-open breaker admits, and what it takes as proof.
  public struct HalfOpen: Equatable, Sendable {
    /// At most this many permits are out at once, 1 to 1,000.
    public var probes: Int
    /// What closes it.
    public var verdict: Verdict
    /// A permit not settled within this time counts as a failure, longer than zero.
    public var lease: Timespan
    /// No probe gets a longer lease than this, however it asks, nor does a slot unless ``Calls/lease`` is longer.
    public var maxLease: Timespan
    /// Undecided for this long after its first permit, it opens again; nil: no such limit.
    public var maxWait: Timespan?

    /// These limits; the defaults are the built-in ones.
    public init(
      probes: Int = 1, verdict: Verdict = .successes(1), lease: Timespan = .seconds(30),
      maxLease: Timespan = .seconds(600), maxWait: Timespan? = nil
    ) {
      self.probes = probes
      self.verdict = verdict
      self.lease = lease
      self.maxLease = maxLease
      self.maxWait = maxWait
    }
  }

  /// What decides a half-open breaker.
  public enum Verdict: Hashable, Sendable {
    /// This many successes in a row close it, 1 to 10,000; one failure opens it again.
    case successes(Int)
    /// After this many settled calls, 1 to 10,000, it opens again if this share of them or more failed.
    case calls(Int, failureRate: Rate)
  }

  /// What a prober does while a breaker is not closed, with ``Recovery/check``.
  ///
  /// Callers are refused; the prober tries every `interval`, the first time one interval after the trip, and one success
  /// closes. What is tried, and for how long, is for the prober alone.
  public struct Check: Equatable, Sendable {
    /// From one try to the next, begin to begin, longer than zero.
    public var interval: Timespan
    /// So many failed tries open the breaker for the longest open time, after which one more try follows, and so on. From
    /// 1 to 10,000.
    public var attempts: Int
    /// Whether the breaker stays open after the last attempt until an admin resets it.
    public var latch: Bool
    /// For the prober: how long one try may take.
    public var timeout: Timespan
    /// For the prober: what it asks for by HTTP; nil: nothing.
    public var http: String?
    /// For the prober: the status it expects then.
    public var expect: Int
    /// For the prober: what it connects to by TCP, `host:port`; nil: nothing.
    public var tcp: String?

    /// A check of these; the defaults are the built-in ones.
    public init(
      interval: Timespan = .seconds(5), attempts: Int = 12, latch: Bool = false, timeout: Timespan = .seconds(2),
      http: String? = nil, expect: Int = 200, tcp: String? = nil
    ) {
      self.interval = interval
      self.attempts = attempts
      self.latch = latch
      self.timeout = timeout
      self.http = http
      self.expect = expect
      self.tcp = tcp
    }
  }

  /// How calls come back after half-open: a share of them passes that grows evenly up to all.
  public struct Ramp: Equatable, Sendable {
    /// The share at first.
    public var start: Rate
    /// How long until all calls pass, longer than zero.
    public var duration: Timespan

    /// A ramp of these.
    public init(start: Rate = Rate(basisPoints: 1_000), duration: Timespan) {
      self.start = start
      self.duration = duration
    }
  }

  /// What is known of calls under way, and asked of them.
  public struct Calls: Equatable, Sendable {
    /// At most this many at once, on the whole host, 1 to 10,000; nil: no limit.
    public var limit: Int?
    /// A call not reported within this time is no longer waited for, longer than zero.
    public var lease: Timespan
    /// A call that takes longer than this counts as slow and failed before it returns, longer than zero; nil: none does.
    public var overdue: Timespan?

    /// Calls with these bounds; the defaults are the built-in ones.
    public init(limit: Int? = nil, lease: Timespan = .seconds(60), overdue: Timespan? = nil) {
      self.limit = limit
      self.lease = lease
      self.overdue = overdue
    }

    /// Whether each call gets a permit of its own.
    public var areTracked: Bool { limit != nil || overdue != nil }
  }
}
