public import BreakerCore

/// A request as a client writes it, without tag and line end.
public struct RequestLine: Equatable, Sendable {
  /// Its bytes so far.
  public private(set) var bytes: [UInt8]

  /// A request of `verb`.
  public init(_ verb: Verb) {
    let word = verb.entry.word
    bytes = Array(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// Adds a word: a name, a glob, an outcome.
  ///
  /// - Throws: ``RequestLineError`` if it is empty, or holds a space or a control byte, which no word can.
  public mutating func add(_ word: String) throws(RequestLineError) {
    guard !word.isEmpty, word.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { throw .notOneWord(word) }
    append(word)
  }

  /// Adds `key=value`, the value percent-encoded.
  ///
  /// - Throws: ``RequestLineError`` if the key is no word, or the value is empty or holds control characters, which
  ///   the server refuses.
  public mutating func add(_ key: String, _ value: String) throws(RequestLineError) {
    guard !key.isEmpty, key.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "=") }) else {
      throw .notOneWord(key)
    }
    guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw .controlCharacter(key: key) }
    append(key)
    bytes.append(UInt8(ascii: "="))
    bytes.append(contentsOf: PercentEncoding.encode(value).utf8)
  }

  /// Adds an option with a number.
  public mutating func add(_ option: VerbEntry.Option, _ number: Int64) {
    append(option.key.description)
    bytes.append(UInt8(ascii: "="))
    append(number: number)
  }

  /// Adds an option with a length of time, in whole milliseconds, rounded up, at least 1.
  public mutating func add(_ option: VerbEntry.Option, _ length: Timespan) {
    add(option, max(length.millisecondsRoundedUp, 1))
    bytes.append(contentsOf: "ms".utf8)
  }

  /// Adds a token.
  public mutating func add(_ token: Token) {
    bytes.append(UInt8(ascii: " "))
    append(number: Int64(token.generation))
    guard token.permit != 0 else { return }
    bytes.append(UInt8(ascii: "."))
    append(number: Int64(token.permit))
  }

  /// Adds the word `quiet`.
  public mutating func addQuiet() { append("quiet") }

  /// Adds a word that is known to be one.
  mutating func append(_ word: String) {
    bytes.append(UInt8(ascii: " "))
    bytes.append(contentsOf: word.utf8)
  }

  private mutating func append(number: Int64) { bytes.append(contentsOf: String(number).utf8) }
}
