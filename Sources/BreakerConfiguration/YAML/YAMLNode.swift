/// A value of a YAML document, and where it stands.
struct YAMLNode: Sendable {
  /// What a value is.
  enum Content: Sendable {
    /// The text as written, without quotes; nothing written at all is empty and not quoted.
    case scalar(String, isQuoted: Bool)
    case sequence([YAMLNode])
    case mapping([Pair])
  }

  /// A key and its value.
  struct Pair: Sendable {
    let key: String
    let position: YAMLPosition
    let value: YAMLNode
  }

  let content: Content
  let position: YAMLPosition

  /// Whether nothing is written there, as after `trip:` at the end of a line.
  var isEmpty: Bool {
    guard case .scalar(let text, isQuoted: false) = content else { return false }
    return text.isEmpty || text == "~" || text == "null"
  }
}

/// A place in a YAML document, both numbers from 1; columns are Unicode scalars.
struct YAMLPosition: Equatable, Sendable {
  let line: UInt32
  let column: UInt32
}

/// A document that cannot be read, or says what we do not take.
struct YAMLError: Error {
  let message: String
  let position: YAMLPosition

  /// A block within a block, once too often.
  static func tooDeep(_ position: YAMLPosition) -> YAMLError {
    YAMLError(message: "blocks lie in each other more than \(YAMLReader.depth) deep", position: position)
  }
}
