import BreakerCore
import BreakerProtocol

/// Results as lines of JSON, in a buffer for whoever writes them out.
public struct ResultLines {
  /// The lines so far.
  public private(set) var bytes: [UInt8] = []

  /// No lines.
  public init() {}

  /// Forgets the lines, not their room.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Adds the line of one result.
  public mutating func append(_ result: StepResult) {
    write("{\"t\":")
    write(milliseconds: result.time)
    write(",\"decision\":\"")
    switch result.answer {
    case .allow: write("allow")
    case .deny: write("deny")
    case .none: write("none")
    }
    write("\",\"state\":\"")
    write(result.state.word)
    write("\",\"retry_ms\":")
    if let retryAfter = result.retryAfter {
      write(retryAfter.millisecondsRoundedUp)
    } else {
      write("null")
    }
    write(",\"generation\":")
    write(Int64(clamping: result.generation))
    write(",\"window\":{\"total\":")
    write(Int64(result.window.total))
    write(",\"fail\":")
    write(Int64(result.window.failures))
    write(",\"slow\":")
    write(Int64(result.window.slow))
    write("}}\n")
  }

  private mutating func write(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func write(_ number: Int64) {
    var (end, rest) = (bytes.count + 1, number / 10)
    while rest > 0 {
      end += 1
      rest /= 10
    }
    bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
    rest = number
    repeat {
      end -= 1
      bytes[end] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
    } while rest > 0
  }

  /// As many decimals as it takes.
  private mutating func write(milliseconds instant: Instant) {
    let (whole, rest) = instant.microseconds.quotientAndRemainder(dividingBy: 1_000)
    write(whole)
    guard rest > 0 else { return }
    bytes.append(UInt8(ascii: "."))
    bytes.append(UInt8(ascii: "0") + UInt8(rest / 100))
    guard !rest.isMultiple(of: 100) else { return }
    bytes.append(UInt8(ascii: "0") + UInt8(rest / 10 % 10))
    guard !rest.isMultiple(of: 10) else { return }
    bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
  }
}
