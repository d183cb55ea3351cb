internal import BreakerCore

/// Makes a tree of a YAML document: mappings, lists and scalars with their places, and nothing else that YAML has.
struct YAMLReader {
  /// The deepest that blocks and lists may lie in each other; no configuration needs more than six.
  static let depth = 16

  private let events: YAMLEvents
  /// Keys that stand twice in a mapping; the first one counts.
  private var problems: [YAMLError] = []

  /// The tree of the document in `bytes`, nil if it is empty, and the keys in it that stand twice.
  ///
  /// - Throws: ``YAMLError`` if they are no UTF-8, no YAML, more than one document, or go deeper than ``depth``.
  static func read(_ bytes: [UInt8]) throws(YAMLError) -> (root: YAMLNode?, problems: [YAMLError]) {
    try bytes.withUnsafeBufferPointer { text throws(YAMLError) in
      var reader = YAMLReader(events: YAMLEvents(text))
      return (try reader.document(), reader.problems)
    }
  }

  private init(events: YAMLEvents) { self.events = events }

  private mutating func document() throws(YAMLError) -> YAMLNode? {
    guard case .documentStart = try events.next().event else { return nil }
    let (event, position) = try events.next()
    let root = try node(event, position, depth: 1)
    let (end, place) = try events.next()
    guard case .end = end else {
      throw YAMLError(message: "a second document begins here; write one only", position: place)
    }
    return root
  }

  private mutating func node(
    _ event: YAMLEvents.Event, _ position: YAMLPosition, depth: Int
  ) throws(YAMLError) -> YAMLNode {
    guard depth <= Self.depth else { throw .tooDeep(position) }
    switch event {
    case .scalar(let text, let isQuoted):
      return YAMLNode(content: .scalar(text, isQuoted: isQuoted), position: position)
    case .sequenceStart:
      return YAMLNode(content: .sequence(try items(depth: depth + 1)), position: position)
    case .mappingStart:
      return YAMLNode(content: .mapping(try pairs(depth: depth + 1)), position: position)
    case .documentStart, .sequenceEnd, .mappingEnd, .end:
      throw YAMLError(message: "this is not YAML: a value is missing", position: position)
    }
  }

  private mutating func items(depth: Int) throws(YAMLError) -> [YAMLNode] {
    var items: [YAMLNode] = []
    while true {
      let (event, position) = try events.next()
      if case .sequenceEnd = event { return items }
      items.append(try node(event, position, depth: depth))
    }
  }

  private mutating func pairs(depth: Int) throws(YAMLError) -> [YAMLNode.Pair] {
    var pairs: [YAMLNode.Pair] = []
    var first: [String: YAMLPosition] = [:]
    while true {
      let (event, position) = try events.next()
      if case .mappingEnd = event { return pairs }
      guard case .scalar(let key, _) = event else {
        throw YAMLError(message: "a key must be a word, not a block or a list", position: position)
      }
      let (next, place) = try events.next()
      let value = try node(next, place, depth: depth)
      if let earlier = first[key] {
        problems.append(
          YAMLError(
            message: "\(key.quoted) stands in this block already, in line \(earlier.line); keep one of them",
            position: position))
        continue
      }
      first[key] = position
      pairs.append(YAMLNode.Pair(key: key, position: position, value: value))
    }
  }
}
