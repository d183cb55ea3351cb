/// The words of a reply, a row or an event: plain words, and `key=value` with the value decoded.
public struct Fields: Equatable, Sendable {
  /// One `key=value`.
  public struct Pair: Equatable, Sendable {
    /// The part before the first `=`.
    public var key: String
    /// The part after it, percent-decoded; as written if it cannot be decoded, or would hold control bytes.
    public var value: String

    /// The pair of these.
    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// The words without `=`, in order.
  public private(set) var words: [String] = []
  /// The others, in order.
  public private(set) var pairs: [Pair] = []
  /// All of it as it came.
  public let text: String

  /// The fields of a line's rest.
  public init(_ text: String) {
    self.text = text
    for word in text.utf8.split(separator: UInt8(ascii: " ")) {
      guard let index = word.firstIndex(of: UInt8(ascii: "=")) else {
        words.append(String(Substring(word)))
        continue
      }
      let value = word[word.index(after: index)...]
      pairs.append(Pair(String(Substring(word[..<index])), PercentEncoding.decode(value) ?? String(Substring(value))))
    }
  }

  /// The first value of `key`; nil if there is none.
  public subscript(_ key: String) -> String? { pairs.first { $0.key == key }?.value }
}
