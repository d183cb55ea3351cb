import BreakerCore
import BreakerProtocol

/// Results as lines of JSON, in a buffer for whoever writes them out.
public struct ResultLines {
  /// Longer than any line: seven numbers of 20 digits, and the words.
  private static let room = 320

  private var buffer: [UInt8] = []
  private var end = 0

  /// No lines.
  public init() {}

  /// The lines so far.
  public var bytes: ArraySlice<UInt8> { buffer[..<end] }

  /// Forgets the lines, not their room.
  public mutating func removeAll() { end = 0 }

  /// Adds the line of one result.
  public mutating func append(_ result: StepResult) {
    if buffer.count - end < Self.room {
      buffer.append(contentsOf: repeatElement(0, count: max(buffer.count, 16 * Self.room)))
    }
    var line = LineWriter(start: end)
    var bytes = buffer.mutableSpan
    line.write("{\"t\":", &bytes)
    line.write(milliseconds: result.time, &bytes)
    switch result.answer {
    case .allow: line.write(",\"decision\":\"allow\",\"state\":\"", &bytes)
    case .deny: line.write(",\"decision\":\"deny\",\"state\":\"", &bytes)
    case .none: line.write(",\"decision\":\"none\",\"state\":\"", &bytes)
    }
    line.write(result.state.word, &bytes)
    if let retryAfter = result.retryAfter {
      line.write("\",\"retry_ms\":", &bytes)
      line.write(retryAfter.millisecondsRoundedUp, &bytes)
      line.write(",\"generation\":", &bytes)
    } else {
      line.write("\",\"retry_ms\":null,\"generation\":", &bytes)
    }
    line.write(Int64(clamping: result.generation), &bytes)
    line.write(",\"window\":{\"total\":", &bytes)
    line.write(Int64(result.window.total), &bytes)
    line.write(",\"fail\":", &bytes)
    line.write(Int64(result.window.failures), &bytes)
    line.write(",\"slow\":", &bytes)
    line.write(Int64(result.window.slow), &bytes)
    line.write("}}\n", &bytes)
    end = line.end
  }
}

/// Writes words and numbers one after another into room that there is.
private struct LineWriter {
  private(set) var end: Int

  init(start: Int) { end = start }

  mutating func write(_ text: StaticString, _ bytes: inout MutableSpan<UInt8>) {
    let start = text.utf8Start
    for index in 0..<text.utf8CodeUnitCount { bytes[end + index] = start[index] }
    end += text.utf8CodeUnitCount
  }

  mutating func write(_ number: Int64, _ bytes: inout MutableSpan<UInt8>) {
    var rest = number / 10
    var last = end
    while rest > 0 {
      last += 1
      rest /= 10
    }
    end = last + 1
    rest = number
    repeat {
      bytes[last] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
      last -= 1
    } while rest > 0
  }

  /// As many decimals as it takes.
  mutating func write(milliseconds instant: Instant, _ bytes: inout MutableSpan<UInt8>) {
    let (whole, rest) = instant.microseconds.quotientAndRemainder(dividingBy: 1_000)
    write(whole, &bytes)
    guard rest > 0 else { return }
    bytes[end] = UInt8(ascii: ".")
    end += 1
    var (fraction, unit) = (rest, Int64(100))
    while fraction > 0 {
      bytes[end] = UInt8(ascii: "0") + UInt8(fraction / unit)
      end += 1
      (fraction, unit) = (fraction % unit, unit / 10)
    }
  }
}
