internal import BreakerCore

extension Policy.Trip {
  /// A rule that asks for more failures than can count in its window, since `lump` makes one of those that come close together.
  struct Unreachable {
    let key: PolicyKey
    let message: String
  }

  /// The rules that therefore never hold.
  var unreachableForLump: [Unreachable] {
    guard let lump, case .time(let bucket, let buckets) = window else { return [] }
    // The window is open at one end: what is exactly as old as it is long has left it.
    let span = bucket.microseconds * Int64(buckets) - 1
    let most = Int(span / lump.microseconds) + 1
    var demands: [(key: PolicyKey, failures: Int)] = []
    // A window that tumbles ends the run as well.
    if buckets == 1, let run = consecutiveFailures { demands.append((.tripConsecutiveFailures, run)) }
    if let failures { demands.append((.tripFailures, failures)) }
    if let failureRate {
      // The fewest failures that are this share of the fewest calls.
      demands.append((.tripFailureRate, (minimumCalls * failureRate.basisPoints + 9_999) / 10_000))
    }
    return demands.filter { $0.failures > most }.map { key, failures in
      let window = Timespan(microseconds: span + 1).notation
      let longest = Timespan(microseconds: span / Int64(failures - 1))
      let advice = longest == .zero ? "no lump" : "lump=\(longest.notation) or less"
      return Unreachable(
        key: key,
        message:
          "asks for \(failures) failures in trip.window.time=\(window), where lump=\(lump.notation) lets at most "
          + "\(most) count; ask for less, or write \(advice)")
    }
  }

  /// How many rules there are.
  var ruleCount: Int {
    (consecutiveFailures == nil ? 0 : 1) + (failures == nil ? 0 : 1) + (failureRate == nil ? 0 : 1)
      + (slowRate == nil ? 0 : 1)
  }
}
