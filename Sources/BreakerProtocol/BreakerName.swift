/// The rule for names of breakers.
public enum BreakerName {
  /// What a name looks like, for messages.
  public static let rule =
    "1 to \(Limits.name) bytes of A-Z a-z 0-9 . _ : / @ -, the first a letter, a digit or _"

  /// Whether these bytes are a name.
  @inlinable
  public static func isValid(_ bytes: some Collection<UInt8>) -> Bool {
    guard let first = bytes.first, bytes.count <= Limits.name, isWord(first) else { return false }
    return bytes.allSatisfy(isAllowed)
  }

  /// Whether this byte can stand in a name.
  @usableFromInline
  static func isAllowed(_ byte: UInt8) -> Bool {
    if isWord(byte) { return true }
    switch byte {
    case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "-"): return true
    default: return false
    }
  }

  @usableFromInline
  static func isWord(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
      || byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") || byte == UInt8(ascii: "_")
  }
}
