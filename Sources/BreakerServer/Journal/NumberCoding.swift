/// Numbers as bytes, each in as few as it needs: seven bits a byte, the lowest first, the eighth bit where more follow;
/// the sign in the lowest bit.
struct NumberWriter {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int) { bytes.reserveCapacity(capacity) }

  mutating func put(_ number: Int64) {
    var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Puts a count, and so many bytes.
  mutating func put(_ data: some Collection<UInt8>) {
    put(Int64(data.count))
    bytes.append(contentsOf: data)
  }
}

/// Takes apart what ``NumberWriter`` wrote, or any other bytes: what is not there is nil.
struct NumberReader {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  mutating func number() -> Int64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while place < bytes.count, shift < 64 {
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return Int64(bitPattern: value >> 1 ^ (0 &- value & 1)) }
      shift += 7
    }
    return nil
  }

  /// A number of something: not negative, and small enough to be added up.
  mutating func count() -> Int? {
    guard let value = number(), value >= 0, value <= 1 << 48 else { return nil }
    return Int(value)
  }

  /// A number that fits into the type.
  mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? { number().flatMap(Number.init(exactly:)) }

  /// The bytes behind a count.
  mutating func data() -> ArraySlice<UInt8>? {
    guard let count = count(), count <= bytes.count - place else { return nil }
    defer { place += count }
    return bytes[place..<place + count]
  }
}
