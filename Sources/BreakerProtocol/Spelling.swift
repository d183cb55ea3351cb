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
    guard abs(left.count - right.count) <= 1 else { return false }
    let head = zip(left, right).prefix { $0 == $1 }.count
    let (leftRest, rightRest) = (left.dropFirst(head), right.dropFirst(head))
    let (leftNext, rightNext) = (leftRest.dropFirst(), rightRest.dropFirst())
    if leftRest.elementsEqual(rightRest) || leftNext.elementsEqual(rightNext) { return true }
    if leftNext.elementsEqual(rightRest) || leftRest.elementsEqual(rightNext) { return true }
    return leftRest.first == rightNext.first && rightRest.first == leftNext.first
      && leftNext.dropFirst().elementsEqual(rightNext.dropFirst())
  }
}
