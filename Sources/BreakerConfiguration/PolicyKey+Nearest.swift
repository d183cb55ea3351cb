extension PolicyKey {
  /// The keys most like `text`, if any is close: at most three slips away, of the whole key or of its last word.
  static func nearest(to text: String) -> [PolicyKey] {
    let limit = min(max(text.utf8.count / 4, 1), 3)
    var best = limit
    var nearest: [PolicyKey] = []
    for key in allCases {
      let lastWord = key.rawValue.split(separator: ".").last ?? ""
      for name in [key.rawValue[...], lastWord] where abs(name.utf8.count - text.utf8.count) <= limit {
        let slips = Self.slips(Array(name.utf8), Array(text.utf8))
        if slips < best { nearest = [] }
        if slips <= best && nearest.last != key { nearest.append(key) }
        best = min(best, slips)
      }
    }
    return nearest
  }

  /// How many bytes were added, left out, replaced, or swapped with their neighbour (Damerau-Levenshtein distance, each
  /// byte touched once: "optimal string alignment").
  static func slips(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (row, byte) in left.enumerated() {
      var current = [row + 1]
      for (column, other) in right.enumerated() {
        var slips = min(last[column + 1] + 1, current[column] + 1, last[column] + (byte == other ? 0 : 1))
        if row > 0, column > 0, byte == right[column - 1], other == left[row - 1] {
          slips = min(slips, beforeLast[column - 1] + 1)
        }
        current.append(slips)
      }
      (beforeLast, last) = (last, current)
    }
    return last[right.count]
  }
}
