/// What came of many calls.
struct CallTally: CustomStringConvertible {
  /// A call that spends more beside its operation is late.
  let lateAfter: Duration
  var errors = 0
  private var allowed = 0
  private var denied = 0
  private var late = 0
  private var longest = Duration.zero

  init(lateAfter: Duration) { self.lateAfter = lateAfter }

  var count: Int { allowed + denied + errors }

  mutating func add(_ answer: String, _ spent: Duration) {
    switch answer {
    case "allowed": allowed += 1
    case let answer where answer.hasPrefix("denied"): denied += 1
    default: errors += 1
    }
    if spent > lateAfter { late += 1 }
    longest = max(longest, spent)
  }

  var description: String {
    "allowed=\(allowed) denied=\(denied) errors=\(errors) late=\(late) longest_us=\(Int(longest / .microseconds(1)))"
  }
}
