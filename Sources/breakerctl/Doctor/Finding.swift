/// Something that the doctor has looked at.
struct Finding {
  enum Level: String {
    case ok, warning, problem
  }

  let level: Level
  /// What there is, in a line.
  let text: String
  /// The command that mends it, or more than one, a line each; nil: nothing is to be mended.
  let mend: String?

  static func ok(_ text: String, change: String? = nil) -> Finding { Finding(level: .ok, text: text, mend: change) }

  static func warning(_ text: String, mend: String) -> Finding { Finding(level: .warning, text: text, mend: mend) }

  static func problem(_ text: String, mend: String) -> Finding { Finding(level: .problem, text: text, mend: mend) }
}
