internal import BreakerProtocol

/// Finds those of many patterns whose literal prefix begins a name, without looking at the others.
///
/// The prefixes are sorted, and each knows the longest other one that it begins with: all that begin a name lie on the way
/// from the last one not above the name, up these parents.
struct PrefixIndex: Sendable {
  private struct Prefix: Sendable {
    let bytes: [UInt8]
    /// The first pattern that asks for no more than the prefix.
    var plain = Int.max
    /// The other patterns with this prefix, in their order.
    var globs: [(number: Int, glob: Glob)] = []
    /// The place of the longest other prefix that this one begins with; -1: there is none.
    var parent = -1
  }

  private var prefixes: [Prefix] = []

  /// An index of patterns, in their order, each by a prefix; nil for a glob: every name with the prefix matches.
  init(_ patterns: [(number: Int, prefix: [UInt8], glob: Glob?)]) {
    var byBytes: [[UInt8]: Prefix] = [:]
    for (number, bytes, glob) in patterns {
      var prefix = byBytes.removeValue(forKey: bytes) ?? Prefix(bytes: bytes)
      if let glob { prefix.globs.append((number, glob)) } else { prefix.plain = min(prefix.plain, number) }
      byBytes[bytes] = prefix
    }
    prefixes = byBytes.values.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    for place in prefixes.indices.dropFirst() {
      var parent = place - 1
      while parent >= 0 && !prefixes[place].bytes.starts(with: prefixes[parent].bytes) {
        parent = prefixes[parent].parent
      }
      prefixes[place].parent = parent
    }
  }

  /// The least number of a pattern that takes everything which begins with a prefix of `bytes`; `bound` if there is no less.
  func firstPlain(beginning bytes: [UInt8], below bound: Int = .max) -> Int {
    var first = bound
    walk(bytes) { first = min(first, $0.plain) }
    return first
  }

  /// The least number of a pattern whose prefix begins `bytes`, and whose glob matches `name`; `bound` if there is no less.
  func first(beginning bytes: [UInt8], matching name: [UInt8], below bound: Int) -> Int {
    var first = firstPlain(beginning: bytes, below: bound)
    walk(bytes) { prefix in
      if let match = prefix.globs.first(where: { $0.number >= first || $0.glob.matches(name) }) {
        first = min(first, match.number)
      }
    }
    return first
  }

  /// How many patterns may have to be tried for any name at all.
  var unanchored: Int { prefixes.first.map { $0.bytes.isEmpty ? $0.globs.count : 0 } ?? 0 }

  /// Calls `visit` with each prefix that begins `bytes`.
  private func walk(_ bytes: [UInt8], _ visit: (Prefix) -> Void) {
    var place = lastPrefix(notAbove: bytes)
    while place >= 0 {
      if bytes.starts(with: prefixes[place].bytes) { visit(prefixes[place]) }
      place = prefixes[place].parent
    }
  }

  /// The place of the last prefix that does not come after `bytes` in their order; -1: all do.
  private func lastPrefix(notAbove bytes: [UInt8]) -> Int {
    var (low, high) = (0, prefixes.count)
    while low < high {
      let middle = (low + high) / 2
      if bytes.lexicographicallyPrecedes(prefixes[middle].bytes) { high = middle } else { low = middle + 1 }
    }
    return low - 1
  }
}
