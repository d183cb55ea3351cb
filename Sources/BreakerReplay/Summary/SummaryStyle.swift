/// How a summary looks.
public struct SummaryStyle: Sendable {
  /// The characters of a line, 40 or more.
  public var width: Int
  /// Whether bars are drawn with block characters, or with ASCII.
  public var hasBlocks: Bool
  /// Whether states have colours.
  public var hasColours: Bool

  /// The style of these; a width below 40 is 40.
  public init(width: Int = 80, hasBlocks: Bool = false, hasColours: Bool = false) {
    self.width = max(width, 40)
    self.hasBlocks = hasBlocks
    self.hasColours = hasColours
  }

  /// The bars of eight heights, and none.
  var bars: [Character] { Array(hasBlocks ? " ▁▂▃▄▅▆▇█" : " .:-=+*%#") }
}
