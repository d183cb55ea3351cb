/// The calls that a breaker's windowed rules look at, where they are not simply all of the generation.
enum Window {
  case time(TimeWindow)
  case calls(CallWindow)

  /// The window of this shape, empty; nil where the counts of the generation serve.
  init?(_ shape: Policy.WindowShape, at now: Instant) {
    switch shape {
    case .generation: return nil
    case .time(let bucket, let buckets): self = .time(TimeWindow(bucket: bucket, buckets: buckets, at: now))
    case .calls(let count): self = .calls(CallWindow(calls: count))
    }
  }

  var counts: Counts {
    switch self {
    case .time(let window): window.counts
    case .calls(let window): window.counts
    }
  }

  func clear() {
    switch self {
    case .time(let window): window.clear()
    case .calls(let window): window.clear()
    }
  }
}
