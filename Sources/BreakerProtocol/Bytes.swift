/// Some bytes of a line: borrowed, and good only as long as the line is.
public typealias Bytes = UnsafeRawBufferPointer

extension UnsafeRawBufferPointer {
  /// The bytes from `start` up to, not including, `end`.
  func slice(_ start: Int, _ end: Int) -> Bytes { Bytes(rebasing: self[start..<end]) }

  /// Whether these are the bytes of `word`.
  func equals(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    for index in 0..<count where self[index] != word.utf8Start[index] { return false }
    return true
  }

  /// The value of a decimal number without sign; nil if it is none, or more than `limit`.
  func decimal(upTo limit: Int) -> Int? {
    guard !isEmpty else { return nil }
    var value = 0
    for byte in self {
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowSum) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflow, !overflowSum, sum <= limit else { return nil }
      value = sum
    }
    return value
  }

  /// These bytes for a message: cut at 40, with everything but visible ASCII as %XX.
  var quoted: String {
    var text = "'"
    for byte in prefix(40) {
      if byte > 0x20 && byte < 0x7F {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += PercentEncoding.escape(byte)
      }
    }
    return text + (count > 40 ? "…'" : "'")
  }
}
