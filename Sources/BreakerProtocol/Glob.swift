/// A pattern for names: `*` stands for any bytes, `?` for any one, everything else for itself.
///
/// Matching takes one step per byte of the name, whatever the pattern: bit i of a 128-bit set says that the first i
/// single characters of the pattern have been matched (Shift-And, Baeza-Yates and Gonnet 1992).
public struct Glob: Sendable {
  /// Bit i: the pattern's single character number i is this byte, or `?`.
  private var places: [UInt128]
  /// Bit i: a `*` stands after i single characters.
  private var stars: UInt128 = 0
  private var length = 0

  /// The pattern `*`.
  public static let all = Glob(validated: Array("*".utf8))

  /// The only name that this pattern can match; nil if it has wildcards.
  public let literal: [UInt8]?

  /// The pattern in these bytes; nil if it is empty, longer than ``Limits/glob``, or has bytes that no name has.
  public init?(_ bytes: some Collection<UInt8>) {
    guard !bytes.isEmpty, bytes.count <= Limits.glob,
      bytes.allSatisfy({ $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || BreakerName.isAllowed($0) })
    else { return nil }
    self.init(validated: Array(bytes))
  }

  private init(validated bytes: [UInt8]) {
    places = Array(repeating: 0, count: 128)
    literal = bytes.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } ? nil : bytes
    for byte in bytes {
      let place: UInt128 = 1 << UInt128(length)
      switch byte {
      case UInt8(ascii: "*"):
        stars |= place
      case UInt8(ascii: "?"):
        for index in places.indices { places[index] |= place }
        length += 1
      default:
        places[Int(byte)] |= place
        length += 1
      }
    }
  }

  /// Whether the whole of `name` matches.
  public func matches(_ name: [UInt8]) -> Bool { name.withUnsafeBytes { matches($0) } }

  /// Whether the whole of `name` matches.
  public func matches(_ name: Bytes) -> Bool {
    places.withUnsafeBufferPointer { places in
      var reached: UInt128 = 1
      for byte in name {
        guard byte < 128 else { return false }
        reached = (reached & places[Int(byte)]) << 1 | reached & stars
        if reached == 0 { return false }
      }
      return reached >> UInt128(length) & 1 == 1
    }
  }

  /// Whether the whole of `name` matches.
  public func matches(_ name: some Sequence<UInt8>) -> Bool {
    name.withContiguousStorageIfAvailable { matches(Bytes($0)) } ?? matches(Array(name))
  }
}
