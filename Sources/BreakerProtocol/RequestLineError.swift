/// Why a request cannot be written.
public enum RequestLineError: Error, Equatable, CustomStringConvertible {
  /// What should be a word of a line is empty, or holds a space or a control character.
  case notOneWord(String)
  /// A value is empty, or holds a control character.
  case controlCharacter(key: String)

  /// What is wrong, and what to write.
  public var description: String {
    switch self {
    case .notOneWord(let word):
      word.isEmpty ? "an empty word cannot be sent" : "\(word.debugDescription) must be one word, without spaces"
    case .controlCharacter(let key): "the value of \(key) must not be empty nor hold control characters"
    }
  }
}
