/// The name of a call or a connection in a trace, as a hash, so that a trace of any number of them needs no room for names.
///
/// The hash has 64 bits and is seeded anew in each process: a million names that are in use at once have two of one hash
/// about once in thirty million runs.
public struct Label: Hashable, Sendable {
  let hash: UInt64

  /// The connection of all steps that name none.
  static let shared = Label(hash: 0)

  private init(hash: UInt64) { self.hash = hash }

  init(_ name: Span<UInt8>) {
    var hasher = Hasher()
    name.withUnsafeBytes { hasher.combine(bytes: $0) }
    // Odd, so that it is none of the shared connection.
    hash = UInt64(bitPattern: Int64(hasher.finalize())) | 1
  }
}
