/// How values travel in a line of words: bytes up to space, DEL and `%` as `%XX`.
public enum PercentEncoding {
  /// Whether this byte must be written as `%XX`.
  public static func isEscaped(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "%") }

  /// `%XX` for this byte.
  public static func escape(_ byte: UInt8) -> String {
    let digits: StaticString = "0123456789ABCDEF"
    var text = "%"
    for nibble in [byte >> 4, byte & 15] {
      text.unicodeScalars.append(Unicode.Scalar(digits.utf8Start[Int(nibble)]))
    }
    return text
  }

  /// `text` as a value.
  public static func encode(_ text: String) -> String {
    guard text.utf8.contains(where: isEscaped) else { return text }
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if isEscaped(byte) { bytes.append(contentsOf: escape(byte).utf8) } else { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text that a value stands for.
  ///
  /// - Returns: nil if a `%` is not followed by two hexadecimal digits, if a control byte comes out (below space, or
  ///   DEL), or if the whole is not UTF-8.
  public static func decode(_ value: some Collection<UInt8>) -> String? {
    // As a rule: the word of an error, which fits into a string without memory of its own.
    guard value.contains(where: isEscaped) else { return String(validating: value, as: UTF8.self) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(value.count)
    var rest = value.makeIterator()
    while let byte = rest.next() {
      var decoded = byte
      if byte == UInt8(ascii: "%") {
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
        decoded = high << 4 | low
      }
      guard decoded >= 0x20, decoded != 0x7F else { return nil }
      bytes.append(decoded)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
