internal import BreakerCore
internal import BreakerStore

/// An explanation as bytes: a version, then its parts, each behind a number that says which. Times are distances from
/// the time before.
enum ExplanationCoding {
  private static let version: UInt8 = 1

  /// What a part is.
  private enum Part: Int64 {
    /// The last trip, which is the latest move too unless another follows.
    case trip
    case latest
    case failure
    case slowCall
    /// The same before the last trip.
    case failureBefore
    case slowCallBefore
    /// What opened nothing.
    case observed
    case shadowed
    case exhaustions
  }

  static func encode(_ explanation: Explanation) -> [UInt8] {
    var writer = NumberWriter(capacity: 64)
    var time: Int64 = 0
    writer.put(Int64(version))
    func put(_ part: Part, at: Int64) {
      writer.put(part.rawValue)
      writer.put(at &- time)
      time = at
    }
    func put(_ part: Part, _ move: Explanation.Move) {
      put(part, at: move.at)
      writer.put(Int64(move.from.rawValue))
      writer.put(Int64(move.to.rawValue))
      CauseCoding.put(move.cause, into: &writer)
      writer.put(move.length?.microseconds)
    }
    if let trip = explanation.trip { put(.trip, trip) }
    if let latest = explanation.latest, latest != explanation.trip { put(.latest, latest) }
    for (part, wouldTrip) in [(Part.observed, explanation.observed), (.shadowed, explanation.shadowed)] {
      guard let wouldTrip else { continue }
      put(part, at: wouldTrip.at)
      writer.put(Int64(wouldTrip.times))
      CauseCoding.put(wouldTrip.cause, into: &writer)
    }
    if explanation.exhaustions > 0 {
      put(.exhaustions, at: time)
      writer.put(Int64(explanation.exhaustions))
    }
    func put(_ failure: Explanation.Failure, _ part: Part) {
      put(part, at: failure.at)
      writer.put(Int64(failure.pid))
      writer.put(Int64(failure.uid))
      writer.put(failure.client)
      writer.put(failure.errorClass)
    }
    for failure in explanation.causes { put(failure, failure.isSlow ? .slowCallBefore : .failureBefore) }
    for failure in explanation.failures { put(failure, failure.isSlow ? .slowCall : .failure) }
    return writer.bytes
  }

  /// What ``encode(_:)`` wrote; of other bytes, what can be understood of them.
  static func decode(_ bytes: [UInt8]) -> Explanation {
    bytes.withUnsafeBytes { decode(NumberReader($0)) }
  }

  private static func decode(_ reader: consuming NumberReader) -> Explanation {
    var explanation = Explanation()
    var time: Int64 = 0
    guard reader.number() == Int64(version) else { return explanation }
    while let part = reader.number().flatMap(Part.init(rawValue:)), let distance = reader.number() {
      time &+= distance
      switch part {
      case .trip, .latest:
        guard let move = move(at: time, &reader) else { return explanation }
        explanation.note(move, isTrip: part == .trip)
      case .observed, .shadowed:
        guard let times = reader.count(), let cause = CauseCoding.cause(from: &reader) else { return explanation }
        explanation.note(Explanation.WouldTrip(at: time, cause: cause, times: times), isShadow: part == .shadowed)
      case .exhaustions:
        guard let exhaustions = reader.count() else { return explanation }
        explanation.note(exhaustions: exhaustions)
      case .failure, .slowCall:
        guard let failure = failure(at: time, isSlow: part == .slowCall, &reader) else { return explanation }
        explanation.note(failure)
      case .failureBefore, .slowCallBefore:
        guard let failure = failure(at: time, isSlow: part == .slowCallBefore, &reader) else { return explanation }
        explanation.note(cause: failure)
      }
    }
    return explanation
  }

  private static func move(at time: Int64, _ reader: inout NumberReader) -> Explanation.Move? {
    guard let from = reader.number(UInt8.self).flatMap(State.init(rawValue:)),
      let to = reader.number(UInt8.self).flatMap(State.init(rawValue:)),
      let cause = CauseCoding.cause(from: &reader), let length = reader.optionalNumber()
    else { return nil }
    return Explanation.Move(
      at: time, from: from, to: to, cause: cause,
      length: length.map { Timespan(microseconds: $0) })
  }

  private static func failure(
    at time: Int64, isSlow: Bool, _ reader: inout NumberReader
  ) -> Explanation.Failure? {
    guard let pid = reader.number(Int32.self), let uid = reader.number(UInt32.self), let client = reader.data(),
      let errorClass = reader.data()
    else { return nil }
    return Explanation.Failure(
      at: time, isSlow: isSlow, pid: pid, uid: uid, client: String(decoding: client, as: UTF8.self),
      errorClass: String(decoding: errorClass, as: UTF8.self))
  }
}
