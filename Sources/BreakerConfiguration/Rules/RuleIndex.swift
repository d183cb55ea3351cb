internal import BreakerProtocol

/// Finds the first of many patterns that matches a name, without trying them one by one.
///
/// A pattern without wildcards is found by its name. Of the others those come into question whose literal prefix, what
/// stands before the first wildcard, begins the name; or, where what stands behind the last one is longer (`*-db`), those
/// with which the name ends.
struct RuleIndex: Sendable {
  /// The first pattern of each text. No name has a wildcard in it, so only those without are found by a name.
  private var texts: [[UInt8]: Int] = [:]
  private let beginnings: PrefixIndex
  /// Of names and suffixes that are turned round.
  private let ends: PrefixIndex

  /// An index of these patterns, in their order.
  init(_ patterns: [NamePattern]) {
    var beginnings: [(number: Int, prefix: [UInt8], glob: Glob?)] = []
    var ends: [(number: Int, prefix: [UInt8], glob: Glob?)] = []
    for (number, pattern) in patterns.enumerated() where texts[pattern.bytes] == nil {
      texts[pattern.bytes] = number
      if pattern.isLiteral { continue }
      if pattern.suffix.count > pattern.prefix.count {
        ends.append((number, pattern.suffix.reversed(), pattern.isSuffix ? nil : pattern.glob))
      } else {
        beginnings.append((number, pattern.prefix, pattern.isPrefix ? nil : pattern.glob))
      }
    }
    self.beginnings = PrefixIndex(beginnings)
    self.ends = PrefixIndex(ends)
  }

  /// How many patterns, with wildcards at both ends, may have to be tried for any name.
  var unanchored: Int { beginnings.unanchored + ends.unanchored }

  /// The number of the first pattern that matches `name`; nil: none does.
  func first(matching name: some Collection<UInt8>) -> Int? {
    let name = Array(name)
    var first = beginnings.first(beginning: name, matching: name, below: texts[name] ?? .max)
    first = ends.first(beginning: name.reversed(), matching: name, below: first)
    return first == .max ? nil : first
  }

  /// The number of the first pattern that surely matches every name that `pattern` does: an equal one, or one that asks
  /// for no more than a beginning or an end. The pattern itself is one of them if it is here.
  func first(covering pattern: NamePattern) -> Int? {
    if pattern.isLiteral { return first(matching: pattern.bytes) }
    var first = beginnings.firstPlain(beginning: pattern.prefix, below: texts[pattern.bytes] ?? .max)
    first = ends.firstPlain(beginning: pattern.suffix.reversed(), below: first)
    return first == .max ? nil : first
  }
}
