internal import BreakerProtocol
internal import Glibc

/// Among many breakers a request waits longer for the memory of its own than for anything else. Where lines come in a
/// pipeline, that of the next ones is fetched together, before the first of them is carried out.
extension BreakerTable {
  /// So many lines at a time.
  private static let lines = 16
  /// Fewer breakers than these are in the processor's caches anyway.
  private static let fewest = 1_000
  /// What each request looks at of an entry, and of its name, which mostly lies behind it; in bytes.
  private static let entrySize = 384

  /// Has the memory fetched of the breakers that the next lines name.
  ///
  /// - Returns: Where the first line begins that was not looked at.
  func foresee(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard count >= Self.fewest else { return bytes.count }
    return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.lines) { hashes in
      var (position, found) = (start, 0)
      while found < Self.lines, let end = Self.find("\n", in: bytes, from: position, to: bytes.count) {
        hashes[found] = hash(of: Self.name(in: bytes, from: position, to: end))
        found += 1
        position = end + 1
      }
      // A single one would be waited for all the same.
      if found > 1 { fetch(UnsafeMutableBufferPointer(rebasing: hashes[..<found])) }
      return position
    }
  }

  /// Each step needs the memory of the one before; what it asks for is on its way for all before it is needed.
  private func fetch(_ hashes: UnsafeMutableBufferPointer<UInt32>) {
    for hash in hashes { index.foresee(hash: hash) }
    for number in hashes.indices {
      let slot = index.first(hash: hashes[number]) { _ in true }
      hashes[number] = slot.map { UInt32($0) } ?? .max
      slots.foresee(Int(hashes[number]), size: nil)
    }
    for slot in hashes { slots.foresee(Int(slot), size: Self.entrySize) }
  }

  /// The word after the verb, if the line is a request; else anything.
  private static func name(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Bytes {
    var word = start
    for _ in 0..<(bytes[start] == UInt8(ascii: "@") ? 2 : 1) {
      word = find(" ", in: bytes, from: word, to: end).map { $0 + 1 } ?? end
    }
    guard word < end else { return Bytes(start: nil, count: 0) }
    return Bytes(rebasing: bytes[word..<(find(" ", in: bytes, from: word, to: end) ?? end)])
  }

  private static func find(
    _ byte: Unicode.Scalar, in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int
  ) -> Int? {
    guard start < end, let base = bytes.baseAddress, let found = memchr(base + start, CInt(byte.value), end - start)
    else { return nil }
    return UnsafeRawPointer(found) - base
  }
}
