/// Why a request is refused: a code for programs, and a text for people that says what was wrong and what to do.
public struct RequestError: Error, Equatable, CustomStringConvertible {
  /// For programs.
  public let code: ErrorCode
  /// For people; nobody parses it. One line of UTF-8 without control characters.
  public let text: String

  /// The error of this code and text.
  public init(_ code: ErrorCode, _ text: String) {
    self.code = code
    self.text = text
  }

  /// Code and text, as on the wire.
  public var description: String { "\(code.rawValue) \(text)" }
}
