/// A block between three backticks.
public struct FencedBlock: Sendable {
  /// The first word behind the opening backticks.
  public let language: String
  /// The second word: the file that the text says to save it as; nil if there is none.
  public let file: String?
  /// Its lines, each with its end.
  public let text: String
}

extension DocumentationPage {
  /// All blocks of the page, in order.
  public var fencedBlocks: [FencedBlock] {
    var blocks: [FencedBlock] = []
    var open: (head: [Substring], text: String)?
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("```") else {
        open?.text += line + "\n"
        continue
      }
      if let block = open {
        blocks.append(
          FencedBlock(
            language: block.head.first.map(String.init) ?? "", file: block.head.dropFirst().first.map(String.init),
            text: block.text))
        open = nil
      } else {
        open = (line.dropFirst(3).split(separator: " "), "")
      }
    }
    return blocks
  }
}
