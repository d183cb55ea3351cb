import Glibc
import Testing

/// A user who is nobody else: has no files, no groups and no name.
struct Stranger {
  let uid = UInt32.random(in: 100_000..<1_000_000)

  /// Whether tests may act as somebody else here, and why not.
  static var isPossible: Bool { geteuid() == 0 && Command.find("setpriv") != nil }
  static let unless: Comment = "acting as another user takes root and setpriv"

  /// A Python that every user may run; one in somebody's home they may not.
  static let python = "/usr/bin/python3"
  static var hasPython: Bool { access(python, X_OK) == 0 }

  /// The command run as this user.
  func command(_ words: [String]) -> [String] {
    ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "--"] + words
  }
}
