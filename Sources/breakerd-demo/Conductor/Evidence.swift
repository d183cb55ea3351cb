/// What all have seen, each from its side.
struct Evidence: Sendable {
  /// Every call that reached the upstream.
  let calls: [ServedCall]
  /// What the workers met.
  let tallies: [WorkerTally]
  /// How often the breaker opened, by the daemon's word.
  let openings: Int
  /// When the upstream was well again.
  let healed: MonotonicTime
  /// When the breaker was seen closed after that; nil: never.
  let recovered: MonotonicTime?
}
