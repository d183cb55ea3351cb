internal import BreakerProtocol

extension PolicyKey {
  /// The keys most like `text`, if any is close: at most three slips away, of the whole key or of its last word.
  static func nearest(to text: String) -> [PolicyKey] {
    let limit = Nearest.limit(for: text)
    var best = limit
    var nearest: [PolicyKey] = []
    // Who means a key of the second rules says so.
    for key in allCases where key.original == nil || text.hasPrefix("shadow") {
      let lastWord = key.rawValue.split(separator: ".").last ?? ""
      for name in [key.rawValue[...], lastWord] where abs(name.utf8.count - text.utf8.count) <= limit {
        let slips = Spelling.slips(Array(name.utf8), Array(text.utf8))
        if slips < best { nearest = [] }
        if slips <= best && nearest.last != key { nearest.append(key) }
        best = min(best, slips)
      }
    }
    return nearest
  }
}
