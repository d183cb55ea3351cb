internal import BreakerProtocol

/// Finds the first of many patterns that matches a name, without trying them one by one.
///
/// A pattern without wildcards is found by its name. Of the others those come into question whose literal prefix, what
/// stands before the first wildcard, begins the name. The prefixes are sorted, and each knows the longest other one that
/// it begins with: all that begin a name lie on the way from the last one not above the name, up these parents.
struct RuleIndex: Sendable {
  /// A pattern with wildcards.
  private struct Wildcards: Sendable {
    let number: Int
    /// Nil: nothing but `*` follows the prefix, so that every name with the prefix matches.
    let glob: Glob?
  }

  private struct Prefix: Sendable {
    let bytes: [UInt8]
    /// The patterns with this prefix, in their order.
    var patterns: [Wildcards]
    /// The place of the longest other prefix that this one begins with; -1: there is none.
    var parent = -1
  }

  private var names: [[UInt8]: Int] = [:]
  private var prefixes: [Prefix] = []

  /// An index of these patterns, in their order.
  init(_ patterns: [NamePattern]) {
    var byPrefix: [[UInt8]: [Wildcards]] = [:]
    for (number, pattern) in patterns.enumerated() {
      if pattern.isLiteral {
        if names[pattern.bytes] == nil { names[pattern.bytes] = number }
      } else {
        byPrefix[pattern.prefix, default: []].append(
          Wildcards(number: number, glob: pattern.isPrefix ? nil : pattern.glob))
      }
    }
    prefixes = byPrefix.map { Prefix(bytes: $0, patterns: $1) }.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    for place in prefixes.indices.dropFirst() {
      var parent = place - 1
      while parent >= 0 && !prefixes[place].bytes.starts(with: prefixes[parent].bytes) {
        parent = prefixes[parent].parent
      }
      prefixes[place].parent = parent
    }
  }

  /// The number of the first pattern that matches `name`; nil: none does.
  func first(matching name: some Collection<UInt8>) -> Int? {
    let name = Array(name)
    return first(named: names[name], beginning: name) { $0?.matches(name) ?? true }
  }

  /// The number of the first pattern that surely matches every name that `pattern` does: an equal one, or one that asks
  /// for no more than a beginning. The pattern itself is one of them if it is here.
  func first(covering pattern: NamePattern) -> Int? {
    if pattern.isLiteral { return first(matching: pattern.bytes) }
    return first(named: nil, beginning: pattern.prefix) { $0 == nil }
  }

  private func first(
    named number: Int?, beginning name: [UInt8], where matches: (Glob?) -> Bool
  ) -> Int? {
    var first = number ?? .max
    var place = lastPrefix(notAbove: name)
    while place >= 0 {
      if name.starts(with: prefixes[place].bytes) {
        for pattern in prefixes[place].patterns {
          guard pattern.number < first else { break }
          if matches(pattern.glob) { first = pattern.number }
        }
      }
      place = prefixes[place].parent
    }
    return first == .max ? nil : first
  }

  /// The place of the last prefix that does not come after `name` in the order of bytes; -1: all do.
  private func lastPrefix(notAbove name: [UInt8]) -> Int {
    var (low, high) = (0, prefixes.count)
    while low < high {
      let middle = (low + high) / 2
      if name.lexicographicallyPrecedes(prefixes[middle].bytes) { high = middle } else { low = middle + 1 }
    }
    return low - 1
  }
}
