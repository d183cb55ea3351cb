import BreakerCore

/// Makes steps of the bytes of a trace, which come in pieces of any size.
///
/// A trace is lines of JSON objects, or rows of CSV; its first line that is neither empty nor a comment says which. It
/// keeps no more than one line.
public struct TraceReader {
  private enum Format {
    case objects, rows
  }

  /// The longest line, in bytes, without its end.
  public static let longestLine = 65_536

  private var format: Format?
  private var line = 0
  private var last = Instant.zero
  /// The beginning of a line whose end has not come.
  private var held: [UInt8] = []

  /// A reader at the beginning of a trace.
  public init() {}

  /// Takes in a piece of the trace and hands `take` the steps whose lines it completes.
  ///
  /// - Throws: ``TraceError`` for the first line that is no step; what `take` throws gets that line's place.
  public mutating func read(
    _ bytes: Span<UInt8>, _ take: (Step) throws(StepError) -> Void
  ) throws(TraceError) {
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      let piece = bytes.extracting(start..<end)
      if end == bytes.count {
        try hold(piece)
      } else if held.isEmpty {
        try step(piece, take)
      } else {
        try hold(piece)
        try finish(take)
      }
      start = end + 1
    }
  }

  /// Takes the line that the trace ends with, if nothing ends that.
  ///
  /// - Throws: As ``read(_:_:)``.
  public mutating func finish(_ take: (Step) throws(StepError) -> Void) throws(TraceError) {
    guard !held.isEmpty else { return }
    var whole: [UInt8] = []
    swap(&whole, &held)
    try step(whole.span, take)
    whole.removeAll(keepingCapacity: true)
    swap(&whole, &held)
  }

  private mutating func hold(_ piece: Span<UInt8>) throws(TraceError) {
    // One more for the CR of a line that is as long as can be.
    guard held.count + piece.count <= Self.longestLine + 1 else { throw tooLong(line + 1) }
    for index in piece.indices { held.append(piece[index]) }
  }

  private mutating func step(
    _ bytes: Span<UInt8>, _ take: (Step) throws(StepError) -> Void
  ) throws(TraceError) {
    line += 1
    let end = bytes.count > 0 && bytes[bytes.count - 1] == UInt8(ascii: "\r") ? bytes.count - 1 : bytes.count
    guard end <= Self.longestLine else { throw tooLong(line) }
    // What some editors and spreadsheets begin a file of UTF-8 with.
    let mark = line == 1 && end >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    let range = bytes.trimmed(mark..<end)
    guard !range.isEmpty, bytes[range.lowerBound] != UInt8(ascii: "#") else { return }
    let content = bytes.extracting(range)
    do throws(LineError) {
      guard let (step, timeOffset) = try parse(content) else { return }
      guard step.time >= last else {
        throw LineError(
          timeOffset,
          "time goes back here, from \(Self.milliseconds(last)) to \(Self.milliseconds(step.time)); sort the trace by time"
        )
      }
      last = step.time
      do throws(StepError) {
        try take(step)
      } catch {
        throw LineError(0, error.message)
      }
    } catch {
      let offset = min(range.lowerBound + error.offset, bytes.count)
      // Characters, not bytes: those that do not go on with one.
      let characters = (mark..<offset).count { bytes[$0] & 0xC0 != 0x80 }
      throw TraceError(line: line, column: characters + 1, message: error.message)
    }
  }

  private mutating func parse(_ content: Span<UInt8>) throws(LineError) -> (step: Step, timeOffset: Int)? {
    switch format {
    case .objects:
      return try ObjectStep.read(content)
    case .rows:
      return try RowStep.read(content, isFirst: false)
    case nil:
      guard content[0] == UInt8(ascii: "{") else {
        let row = try RowStep.read(content, isFirst: true)
        format = .rows
        return row
      }
      format = .objects
      return try ObjectStep.read(content)
    }
  }

  private func tooLong(_ line: Int) -> TraceError {
    TraceError(
      line: line, column: Self.longestLine + 1, message: "the line is longer than \(Self.longestLine) bytes")
  }

  private static func milliseconds(_ instant: Instant) -> String {
    DecimalText.format(instant.microseconds, places: 3)
  }
}
