import BreakerCore
import BreakerProtocol

/// The fields of one object, on their way to a ``Step``.
struct ObjectStep {
  private var seen: UInt16 = 0
  private var time: Instant?
  private var timeOffset = 0
  private var act: ActWord?
  private var actOffset = 0
  private var id: Label?
  private var connection = Label.shared
  private var outcome: Outcome?
  private var duration: Timespan?
  private var count = 1
  private var age = Timespan.zero
  private var length: Timespan?
  private var chance: Double?

  /// The step that the object `line` holds.
  static func read(_ line: Span<UInt8>) throws(LineError) -> (step: Step, timeOffset: Int) {
    var fields = ObjectStep()
    try ObjectLine.read(line) { (name, value) throws(LineError) in try fields.take(name, value, line) }
    return (try fields.step(), fields.timeOffset)
  }

  private mutating func take(
    _ name: ObjectLine.Value, _ value: ObjectLine.Value, _ line: Span<UInt8>
  ) throws(LineError) {
    let field = try Self.field(name, line)
    let bit = UInt16(1) << field.rawValue
    guard seen & bit == 0 else { throw LineError(name.start, "\"\(field.name)\" stands here twice") }
    seen |= bit
    if case .null = value.kind { return }
    switch field {
    case .time:
      time = Instant(microseconds: try Values.time(value, line))
      timeOffset = value.start
    case .act:
      act = try Values.word(field, value, line)
      actOffset = value.start
    case .id: id = try Values.label(field, value, line)
    case .connection: connection = try Values.label(field, value, line)
    case .outcome: outcome = try Values.word(field, value, line)
    case .duration: duration = try Values.length(field, value, line)
    case .count: count = try Values.count(value, line)
    case .age: age = try Values.length(field, value, line)
    case .length: length = try Values.length(field, value, line)
    case .chance: chance = try Values.chance(value, line)
    }
  }

  private static func field(_ name: ObjectLine.Value, _ line: Span<UInt8>) throws(LineError) -> Field {
    let field = try Values.withText(name, line) { (text) throws(LineError) in Field(text) }
    if let field { return field }
    let written = line.extracting(name.range).text
    throw LineError(
      name.start,
      "unknown field \(written.shown), \(Field.advice(written))")
  }

  private func step() throws(LineError) -> Step {
    guard let time else { throw LineError(0, "\"t\" is missing, the time in milliseconds") }
    guard let act else { throw LineError(0, "\"do\" is missing: call, for a call that asks and reports at once") }
    return Step(time: time, act: try self.act(act), connection: connection, chance: chance)
  }

  private func act(_ word: ActWord) throws(LineError) -> Step.Act {
    switch word {
    case .call: .call(try ending())
    case .begin: .begin(try label())
    case .end: .end(try label(), try ending())
    case .report: .report(try ending())
    case .peek: .peek
    case .drop: .drop
    case .reset: .reset
    case .forceOpen: .force(.open, for: try forceLength())
    case .forceClosed: .force(.closed, for: try forceLength())
    case .observe: .force(.observe, for: try forceLength())
    case .release: .release
    }
  }

  private func ending() throws(LineError) -> Step.Ending {
    guard let outcome else { throw LineError(actOffset, "\"out\" is missing: ok, fail or ignore") }
    return Step.Ending(outcome: outcome, duration: duration, count: count, age: age)
  }

  private func label() throws(LineError) -> Label {
    guard let id else { throw LineError(actOffset, "\"id\" is missing, the name that joins begin and end") }
    return id
  }

  private func forceLength() throws(LineError) -> Timespan? {
    guard length != .zero else { throw LineError(actOffset, "\"for\" is more than 0, or left out: until released") }
    return length
  }
}
