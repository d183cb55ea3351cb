/// How long to wait before a connection is tried again: longer each time, up to a limit.
struct Backoff {
  static let first = Duration.milliseconds(100)
  static let longest = Duration.seconds(3)

  private var wait = first

  /// The next wait.
  mutating func next() -> Duration {
    defer { wait = min(wait * 2, Self.longest) }
    return wait
  }

  /// It worked: the next wait is the shortest again.
  mutating func reset() { wait = Self.first }
}
