internal import BreakerCore

extension Token {
  /// The token written `GEN` or `GEN.N`; nil if these bytes are none.
  init?(_ bytes: Bytes) {
    let point = bytes.firstIndex(of: UInt8(ascii: ".")) ?? bytes.count
    guard let generation = bytes.slice(0, point).decimal(upTo: 0xFF_FFFF) else { return nil }
    guard point < bytes.count else {
      self.init(generation: UInt64(generation))
      return
    }
    guard let permit = bytes.slice(point + 1, bytes.count).decimal(upTo: Int(UInt32.max)), permit > 0 else {
      return nil
    }
    self.init(generation: UInt64(generation), permit: UInt32(permit))
  }
}
