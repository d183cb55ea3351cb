/// The hash of names on a board: FNV-1a of 64 bits over the eight bytes of the seed, then the name.
enum BoardHash {
  private static let prime: UInt64 = 0x100_0000_01B3

  /// What every name's hash goes on from.
  static func start(seed: UInt64) -> UInt64 {
    withUnsafeBytes(of: seed.littleEndian) { mix(0xCBF2_9CE4_8422_2325, $0) }
  }

  /// The hash of a name; never 0, which means a free slot.
  static func hash(_ name: UnsafeRawBufferPointer, from start: UInt64) -> UInt64 {
    let hash = mix(start, name)
    return hash == 0 ? 1 : hash
  }

  private static func mix(_ start: UInt64, _ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var hash = start
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* prime }
    return hash
  }
}
