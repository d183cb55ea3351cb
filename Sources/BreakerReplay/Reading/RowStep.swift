import BreakerCore
import BreakerProtocol

/// One row of a trace in CSV: a call, with its time, its outcome and perhaps its duration.
enum RowStep {
  /// The step that the row `line` holds; nil: it is the head of the table, or would be one if it stood first.
  static func read(_ line: Span<UInt8>, isFirst: Bool) throws(LineError) -> (step: Step, timeOffset: Int)? {
    let cells = try cells(line)
    let time = line.extracting(cells[0])
    if isFirst, time.equals("time_ms") {
      try checkHead(line, cells)
      return nil
    }
    guard let microseconds = Values.time(time) else {
      throw LineError(
        cells[0].lowerBound,
        "a row is time_ms,outcome,duration_ms: the time is a number of milliseconds, 0 to \(Values.latest), not "
          + time.text.shown)
    }
    guard cells.count > 1 else { throw LineError(line.count, "the outcome is missing: ok, fail or ignore") }
    guard let outcome = Outcome(line.extracting(cells[1])) else {
      let written = line.extracting(cells[1]).text
      throw LineError(
        cells[1].lowerBound,
        "unknown outcome \(written.shown), \(Outcome.advice(written))")
    }
    let ending = Step.Ending(outcome: outcome, duration: try duration(line, cells), count: 1, age: .zero)
    let instant = Instant(microseconds: microseconds)
    return (Step(time: instant, act: .call(ending), connection: .shared, chance: nil), cells[0].lowerBound)
  }

  private static func duration(_ line: Span<UInt8>, _ cells: [Range<Int>]) throws(LineError) -> Timespan? {
    guard cells.count <= 3 else { throw LineError(cells[3].lowerBound, "a row has three cells at most") }
    guard cells.count == 3, !cells[2].isEmpty else { return nil }
    let written = line.extracting(cells[2])
    guard let duration = Values.length(written) else {
      throw LineError(
        cells[2].lowerBound,
        "the duration is a number of milliseconds, 0 to \(Limits.milliseconds), not \(written.text.shown)")
    }
    return duration
  }

  private static func checkHead(_ line: Span<UInt8>, _ cells: [Range<Int>]) throws(LineError) {
    let names: [StaticString] = ["time_ms", "outcome", "duration_ms"]
    for (index, cell) in cells.enumerated() {
      guard index < names.count, line.extracting(cell).equals(names[index]) else {
        throw LineError(cell.lowerBound, "the columns are time_ms,outcome,duration_ms, in this order")
      }
    }
  }

  /// Where the cells are, without blanks and quotes around them.
  private static func cells(_ line: Span<UInt8>) throws(LineError) -> [Range<Int>] {
    var cells: [Range<Int>] = []
    var start = 0
    for index in 0...line.count where index == line.count || line[index] == UInt8(ascii: ",") {
      var cell = line.trimmed(start..<index)
      if cell.count > 1, line[cell.lowerBound] == UInt8(ascii: "\""), line[cell.upperBound - 1] == UInt8(ascii: "\"") {
        cell = cell.lowerBound + 1..<cell.upperBound - 1
      }
      cells.append(cell)
      guard cells.count <= 4 else { break }
      start = index + 1
    }
    return cells
  }
}
