import BreakerCore

/// A text of JSON without its escapes.
struct EscapedText {
  private(set) var bytes: [UInt8] = []

  /// - Parameter range: What stands between the quotes.
  init(_ line: Span<UInt8>, _ range: Range<Int>) throws(LineError) {
    var index = range.lowerBound
    while index < range.upperBound {
      guard line[index] == UInt8(ascii: "\\") else {
        bytes.append(line[index])
        index += 1
        continue
      }
      // The text ends with a quote that no backslash stands before.
      let letter = line[index + 1]
      if letter == UInt8(ascii: "u") {
        bytes += String(Character(try Self.scalar(line, range, &index))).utf8
        continue
      }
      guard let byte = Self.byte(letter) else {
        throw LineError(index, "there is no such escape: one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX")
      }
      bytes.append(byte)
      index += 2
    }
  }

  private static func byte(_ letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): letter
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
  }

  /// The character of `\uXXXX`, or of two of them that are one in UTF-16.
  private static func scalar(
    _ line: Span<UInt8>, _ range: Range<Int>, _ index: inout Int
  ) throws(LineError) -> Unicode.Scalar {
    let start = index
    let first = try unit(line, range, &index)
    if let scalar = Unicode.Scalar(first) { return scalar }
    if first < 0xDC00, index + 1 < range.upperBound, line[index] == UInt8(ascii: "\\"),
      line[index + 1] == UInt8(ascii: "u")
    {
      let second = try unit(line, range, &index)
      if second & 0xFC00 == 0xDC00,
        let scalar = Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF)
      {
        return scalar
      }
    }
    throw LineError(start, "this is half a character: \\uD800 to \\uDFFF come in pairs")
  }

  private static func unit(_ line: Span<UInt8>, _ range: Range<Int>, _ index: inout Int) throws(LineError) -> UInt32 {
    let end = index + 6
    guard end <= range.upperBound else { throw LineError(index, "\\u takes four hexadecimal digits") }
    var unit = UInt32(0)
    for position in index + 2..<end {
      guard let digit = Character(Unicode.Scalar(line[position])).hexDigitValue, line[position] < 0x80 else {
        throw LineError(index, "\\u takes four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
    }
    index = end
    return unit
  }
}
