/// The words of a line, separated by one space each.
struct Words {
  private let line: Bytes
  private var position = 0

  init(_ line: Bytes) { self.line = line }

  /// The next word; nil at the end.
  mutating func next() throws(RequestError) -> Bytes? {
    let start = position
    guard let word = skip() else { return nil }
    guard !word.isEmpty else {
      throw RequestError(
        .badArgument, "one space between words, none before or after: there is one too many at byte \(start + 1)")
    }
    return word
  }

  /// The next word without taking it, empty where a space is one too many; nil at the end.
  func peek() -> Bytes? {
    var copy = self
    return copy.skip()
  }

  /// Takes the next word, empty where a space is one too many; nil at the end.
  mutating func skip() -> Bytes? {
    guard position <= line.count, !line.isEmpty else { return nil }
    var end = position
    while end < line.count, line[end] != UInt8(ascii: " ") { end += 1 }
    let word = line.slice(position, end)
    position = end + 1
    return word
  }
}
