public import BreakerCore

/// Where the lines to a client are written, until they are sent.
public struct ReplyBuffer: Sendable {
  /// The bytes so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty buffer.
  ///
  /// - Parameter capacity: Room for so many bytes, before it has to grow.
  public init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

  /// Forgets the bytes, not their room.
  public mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  // MARK: Replies

  /// `+allow …` or `+deny …`
  public mutating func decision(_ decision: Decision, tag: Bytes) {
    begin("+", tag)
    switch decision {
    case .allow(let allowance, let token, let lease):
      switch allowance {
      case .closed: write("allow closed ")
      case .halfOpen: write("allow half-open ")
      case .forcedClosed: write("allow forced-closed ")
      case .observe: write("allow observe ")
      }
      write(number: UInt64(token.generation))
      if token.permit != 0 {
        write(".")
        write(number: UInt64(token.permit))
      }
      if let lease { pair("lease_ms", milliseconds: lease) }
    case .deny(let refusal, let retryAfter):
      switch refusal {
      case .open: write("deny open")
      case .halfOpen: write("deny half-open")
      case .forcedOpen: write("deny forced-open")
      case .ramp: write("deny ramp")
      case .saturated: write("deny saturated")
      }
      if let retryAfter { pair("retry_ms", milliseconds: retryAfter) }
    }
    end()
  }

  /// `+allow unmanaged`: no breaker, since there are too many.
  public mutating func unmanaged(tag: Bytes) {
    begin("+", tag)
    write("allow unmanaged")
    end()
  }

  /// `+ok STATE [retry_ms=N]`
  public mutating func state(_ state: State, retryAfter: Timespan?, tag: Bytes) {
    begin("+", tag)
    write("ok ")
    write(state.word)
    if let retryAfter { pair("retry_ms", milliseconds: retryAfter) }
    end()
  }

  /// `+ok` and a word of ours, or none.
  public mutating func ok(_ word: StaticString? = nil, tag: Bytes) {
    begin("+", tag)
    write("ok")
    if let word {
      write(" ")
      write(word)
    }
    end()
  }

  /// `+ok N`: so many breakers changed.
  public mutating func changed(_ count: Int, tag: Bytes) {
    begin("+", tag)
    write("ok ")
    write(number: UInt64(count))
    end()
  }

  /// The line of an error: `-`, `~` for a quiet request, `!` where the connection is closed after it.
  public mutating func error(_ error: RequestError, tag: Bytes, quiet: Bool = false) {
    begin(error.code.isFatal ? "!" : quiet ? "~" : "-", tag)
    write(error.code.rawValue)
    write(" ")
    for byte in error.text.utf8 {
      if byte < 0x20 || byte == 0x7F { write(PercentEncoding.escape(byte)) } else { bytes.append(byte) }
    }
    end()
  }

  /// The first line of a list; exactly `count` rows must follow.
  public mutating func listHeader(count: Int, cursor: Int?, tag: Bytes) {
    begin("*", tag)
    write(number: UInt64(count))
    if let cursor { pair("cursor", number: UInt64(cursor)) }
    end()
  }

  /// Takes back the one line written since there were `start` bytes, without its end, to be sent later.
  public mutating func cutLine(from start: Int) -> [UInt8] {
    let line = Array(bytes[start...].dropLast())
    bytes.removeSubrange(start...)
    return line
  }

  /// A line that was cut, marked with `unsaved` if what it announces is not durable.
  public mutating func append(line: [UInt8], isUnsaved: Bool) {
    bytes.append(contentsOf: line)
    if isUnsaved { write(" unsaved") }
    end()
  }

  /// Rows made elsewhere.
  public mutating func append(_ rows: ReplyBuffer) { bytes.append(contentsOf: rows.bytes) }

  // MARK: Words

  /// Begins a line of this class, with the request's tag.
  public mutating func begin(_ class: StaticString, _ tag: Bytes) {
    write(`class`)
    guard !tag.isEmpty else { return }
    bytes.append(contentsOf: tag)
    write(" ")
  }

  /// Ends a line.
  public mutating func end() { bytes.append(UInt8(ascii: "\n")) }

  /// Writes these bytes as they are.
  public mutating func write(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Writes this text as it is; it must not hold a line's end.
  public mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Writes words, with a space before them; nothing if there are none.
  public mutating func write(words: String) {
    guard !words.isEmpty else { return }
    write(" ")
    write(words)
  }

  /// Writes a number in decimal digits.
  public mutating func write(number: UInt64) {
    guard number >= 10 else {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number))
      return
    }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var rest = number
      var start = 20
      repeat {
        start -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        digits.initializeElement(at: start, to: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit))
        rest = quotient
      } while rest > 0
      bytes.append(contentsOf: digits[start...])
    }
  }

  /// Writes a number in decimal digits, with its sign if it is negative.
  public mutating func write(number: Int) {
    if number < 0 { write("-") }
    write(number: UInt64(number.magnitude))
  }

  /// ` key=N`
  public mutating func pair(_ key: StaticString, number: UInt64) {
    beginPair(key)
    write(number: number)
  }

  /// ` key=N`, a length in milliseconds, rounded up, not below 0.
  public mutating func pair(_ key: StaticString, milliseconds span: Timespan) {
    pair(key, number: UInt64(max(span.millisecondsRoundedUp, 0)))
  }

  /// ` key=word`, a word of ours.
  public mutating func pair(_ key: StaticString, _ word: StaticString) {
    beginPair(key)
    write(word)
  }

  /// ` key=value`, percent-encoded.
  public mutating func pair(_ key: StaticString, text: String) {
    beginPair(key)
    write(PercentEncoding.encode(text))
  }

  /// ` key=name`, a breaker's name, which never needs encoding.
  public mutating func pair(_ key: StaticString, name: Bytes) {
    beginPair(key)
    bytes.append(contentsOf: name)
  }

  /// ` key=value` for each figure that decided a cause.
  public mutating func figures(of cause: Cause) {
    for figure in cause.figures {
      beginPair(figure.key)
      switch figure.value {
      case .number(let number): write(number: number)
      case .rate(let rate): write(PercentEncoding.encode(rate.notation))
      }
    }
  }

  private mutating func beginPair(_ key: StaticString) {
    bytes.append(UInt8(ascii: " "))
    write(key)
    bytes.append(UInt8(ascii: "="))
  }
}
