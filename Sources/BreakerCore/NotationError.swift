/// A text that is no duration, rate or other value as we write them.
public struct NotationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with it, and what to write.
  public let message: String

  package init(_ message: String) { self.message = message }

  /// The message.
  public var description: String { message }
}

extension StringProtocol {
  /// The text in quotes, for an error: cut where it is long, and without control characters, so that it fits a line.
  package var quoted: String {
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars.prefix(40) {
      shown.append(scalar.properties.generalCategory == .control ? "?" : scalar)
    }
    return "'" + String(shown) + (unicodeScalars.count > 40 ? "…'" : "'")
  }
}
