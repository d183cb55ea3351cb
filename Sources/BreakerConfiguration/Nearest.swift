internal import BreakerProtocol

/// What was meant by a word that is mistyped.
enum Nearest {
  /// How many slips away a word may be to be meant by `text`.
  static func limit(for text: String) -> Int { min(max(text.utf8.count / 4, 1), 3) }

  /// Those of `names` that are most like `text`, if any is close.
  static func names(to text: String, among names: [String]) -> [String] {
    let limit = limit(for: text)
    let close = names.compactMap { name -> (name: String, slips: Int)? in
      guard abs(name.utf8.count - text.utf8.count) <= limit else { return nil }
      let slips = Spelling.slips(Array(name.utf8), Array(text.utf8))
      return slips <= limit ? (name, slips) : nil
    }
    let least = close.map(\.slips).min()
    return close.filter { $0.slips == least }.map(\.name)
  }
}
