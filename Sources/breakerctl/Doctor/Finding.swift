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

  /// A path as a shell takes it, whatever is in it.
  static func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "/._-+:@%".utf8.contains(byte)
    }
    return isPlain
      ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  static func ok(_ text: String, change: String? = nil) -> Finding { Finding(level: .ok, text: text, mend: change) }

  static func warning(_ text: String, mend: String) -> Finding { Finding(level: .warning, text: text, mend: mend) }

  static func problem(_ text: String, mend: String) -> Finding { Finding(level: .problem, text: text, mend: mend) }
}
