/// Numbers as bytes, each in as few as it needs: seven bits a byte, the lowest first, the eighth bit where more follow;
/// the sign in the lowest bit.
public struct NumberWriter {
  /// What was written.
  public private(set) var bytes: [UInt8] = []

  /// A writer with room for so many bytes, before it has to find more.
  public init(capacity: Int) { bytes.reserveCapacity(capacity) }

  /// Puts a number.
  public mutating func put(_ number: Int64) {
    var rest = UInt64(bitPattern: number << 1 ^ number >> 63)
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Puts whether there is a number, and the number.
  public mutating func put(_ number: Int64?) {
    put(number == nil ? 0 : 1)
    if let number { put(number) }
  }

  /// Puts a count, and so many bytes.
  public mutating func put(_ data: [UInt8]) {
    put(Int64(data.count))
    bytes.append(contentsOf: data)
  }

  /// Puts the bytes of a text as such.
  public mutating func put(_ text: String) {
    put(Int64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}

/// Takes apart what ``NumberWriter`` wrote, or any other bytes: what is not there is nil.
///
/// It borrows the bytes: they must stay as long as it is used.
public struct NumberReader {
  @usableFromInline
  let bytes: UnsafeRawBufferPointer
  @usableFromInline
  var place = 0

  /// A reader at the first of these bytes.
  public init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Whether nothing is left.
  public var isAtEnd: Bool { place == bytes.count }

  /// A number.
  @inlinable
  public mutating func number() -> Int64? {
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

  /// A number that fits into the type.
  @inlinable
  public mutating func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
    number().flatMap(Number.init(exactly:))
  }

  /// A number, or that there is none: `.some(nil)`.
  public mutating func optionalNumber() -> Int64?? {
    switch number() {
    case 0: .some(nil)
    case 1: number().map { .some($0) }
    default: nil
    }
  }

  /// A number of something: not negative, and small enough to be added up.
  @inlinable
  public mutating func count() -> Int? {
    guard let value = number(), value >= 0, value <= 1 << 48 else { return nil }
    return Int(value)
  }

  /// The bytes behind a count; borrowed as well.
  public mutating func data() -> UnsafeRawBufferPointer? {
    guard let count = count(), count <= bytes.count - place else { return nil }
    defer { place += count }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
  }
}
