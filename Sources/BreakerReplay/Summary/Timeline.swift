import BreakerCore

/// What happened when, in as many spans of time as a terminal can ever show: a trace of any length takes the same room.
///
/// The spans grow with the trace: when time goes past the last one, each two become one.
struct Timeline {
  /// One span of time, or several.
  struct Slot {
    var calls = 0
    var failed = 0
    var refused = 0
    /// The microseconds spent in each state, by its raw value.
    var time = SIMD8<Int64>()

    static func += (sum: inout Slot, more: Slot) {
      sum.calls += more.calls
      sum.failed += more.failed
      sum.refused += more.refused
      sum.time &+= more.time
    }
  }

  private static let most = 4_096

  private var slots: [Slot] = []
  /// The length of each, in microseconds.
  private var length: Int64 = 1
  private let start: Instant
  private var end: Instant

  /// How many spans there are.
  var slotCount: Int { slots.count }

  /// A timeline that begins at the trace's first step.
  init(from start: Instant) {
    self.start = start
    end = start
  }

  /// Lets time go on to `now`, spent in `state`.
  mutating func spend(until now: Instant, in state: State) {
    while end < now {
      let index = index(of: end)
      let next = min(now.microseconds - start.microseconds, Int64(index + 1) * length)
      slots[index].time[Int(state.rawValue)] += next - (end.microseconds - start.microseconds)
      end = Instant(microseconds: start.microseconds + next)
    }
  }

  /// Counts calls that were made now.
  mutating func count(_ calls: Int, failed: Int = 0, refused: Int = 0) {
    let index = index(of: end)
    slots[index].calls += calls
    slots[index].failed += failed
    slots[index].refused += refused
  }

  /// The whole in `count` columns of the same length.
  func columns(_ count: Int) -> [Slot] {
    var columns = [Slot](repeating: Slot(), count: count)
    let span = max(Double(end.microseconds - start.microseconds), 1)
    for (index, slot) in slots.enumerated() {
      let middle = (Double(index) + 0.5) * Double(length) / span
      columns[min(Int(middle * Double(count)), count - 1)] += slot
    }
    return columns
  }

  /// The slot of a time, made if there is none yet.
  private mutating func index(of instant: Instant) -> Int {
    let offset = instant.microseconds - start.microseconds
    while offset / length >= Self.most {
      for index in 0..<(slots.count + 1) / 2 {
        var sum = slots[index * 2]
        if index * 2 + 1 < slots.count { sum += slots[index * 2 + 1] }
        slots[index] = sum
      }
      slots.removeLast(slots.count / 2)
      length *= 2
    }
    let index = Int(offset / length)
    while slots.count <= index { slots.append(Slot()) }
    return index
  }
}
