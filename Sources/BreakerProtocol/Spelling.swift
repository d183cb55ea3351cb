/// What was meant by a word that is none of those there are.
package enum Spelling {
  /// The first of `words` that is one slip away, as a question; else all of them.
  package static func advice(_ written: String, _ words: [StaticString]) -> String {
    let bytes = Array(written.lowercased().utf8.prefix(40))
    guard bytes.count > 1, let near = words.first(where: { isOneSlip(bytes, Array($0.description.utf8)) }) else {
      return "there are \(list(words))"
    }
    return "did you mean \"\(near)\"?"
  }

  /// `words` in one line.
  package static func list(_ words: [StaticString]) -> String { words.map(\.description).joined(separator: ", ") }

  /// Whether one letter is wrong, missing, too many, or swapped with its neighbour, at most.
  static func isOneSlip(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    abs(left.count - right.count) <= 1 && slips(left, right) <= 1
  }

  /// How many bytes were added, left out, replaced, or swapped with their neighbour (Damerau-Levenshtein distance, each
  /// byte touched once: "optimal string alignment").
  package static func slips(_ left: [UInt8], _ right: [UInt8]) -> Int {
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
