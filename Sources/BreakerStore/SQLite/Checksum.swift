/// A 64-bit sum over the values of a row, so that a row changed by anything but us is noticed.
///
/// It guards against accidents, not against people. The words are fed one by one: an integer is one word, an optional
/// one two (whether it is there, and its value or 0), bytes are their count and then words of eight, little-endian, the
/// last filled up with zeros. Stored in files: this must never change.
struct Checksum {
  /// Each step is one-to-one, so rows that differ in one word never have the same sum.
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The sum so far, as SQLite keeps integers.
  var value: Int64 { Int64(bitPattern: state) }

  private mutating func add(word: UInt64) {
    state = (state ^ word) &* 0x9E37_79B9_7F4A_7C15
    // A product carries upwards only; this brings the upper half down again.
    state ^= state >> 32
  }

  mutating func add(_ integer: Int64) { add(word: UInt64(bitPattern: integer)) }

  mutating func add(_ integer: Int64?) {
    add(word: integer == nil ? 0 : 1)
    add(integer ?? 0 as Int64)
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    add(word: UInt64(bytes.count))
    var offset = 0
    while offset + 8 <= bytes.count {
      add(word: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
      offset += 8
    }
    guard offset < bytes.count else { return }
    var last: UInt64 = 0
    var shift: UInt64 = 0
    while offset < bytes.count {
      last |= UInt64(bytes[offset]) << shift
      offset += 1
      shift += 8
    }
    add(word: last)
  }

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  mutating func add(_ text: String?) {
    add(word: text == nil ? 0 : 1)
    add(text ?? "" as String)
  }

  mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }
}
