internal import BreakerCore
internal import BreakerProtocol

/// A pattern for names of breakers, taken apart for ``RuleIndex``.
struct NamePattern: Sendable {
  /// The pattern as written.
  let bytes: [UInt8]
  /// What stands before the first wildcard.
  let prefix: [UInt8]
  /// What stands behind the last wildcard.
  let suffix: [UInt8]
  let glob: Glob

  /// Whether it matches one name only.
  var isLiteral: Bool { prefix.count == bytes.count }
  /// Whether it matches every name that ends with its suffix.
  var isSuffix: Bool { !isLiteral && bytes.dropLast(suffix.count).allSatisfy { $0 == UInt8(ascii: "*") } }
  /// Whether it matches every name that begins with its prefix.
  var isPrefix: Bool { !isLiteral && bytes[prefix.count...].allSatisfy { $0 == UInt8(ascii: "*") } }

  /// The pattern in this text.
  ///
  /// - Throws: ``NotationError`` if it is none, or can match no name of a breaker.
  init(_ text: String) throws(NotationError) {
    bytes = Array(text.utf8)
    guard let glob = Glob(bytes) else {
      throw NotationError(
        "\(text.quoted) is not a pattern; write a name, or \(BreakerName.rule), with * for any bytes and ? for one")
    }
    self.glob = glob
    prefix = Array(bytes.prefix { !Self.isWildcard($0) })
    suffix = Array(bytes.reversed().prefix { !Self.isWildcard($0) }.reversed())
    guard Self.canMatch(bytes) else {
      throw NotationError("\(text.quoted) can match no name; a name is \(BreakerName.rule)")
    }
  }

  private static func isWildcard(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") }

  private static func canMatch(_ bytes: [UInt8]) -> Bool {
    // The shortest names that match, but for a first byte that a `*` would give.
    let shortest = bytes.filter { $0 != UInt8(ascii: "*") }
      .map { $0 == UInt8(ascii: "?") ? UInt8(ascii: "x") : $0 }
    let needsFirst = bytes.first == UInt8(ascii: "*") && !BreakerName.isValid(shortest)
    return BreakerName.isValid(needsFirst ? [UInt8(ascii: "x")] + shortest : shortest)
  }
}
