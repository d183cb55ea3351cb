import Glibc
import Testing

/// A user who is nobody else: has no files, no groups and no name.
struct Stranger {
  let uid = UInt32.random(in: 100_000..<1_000_000)

  /// Whether tests may act as somebody else here, and why not.
  static var isPossible: Bool { geteuid() == 0 && Command.find("setpriv") != nil }
  static let unless: Comment = "acting as another user takes root and setpriv"

  /// The command run as this user.
  func command(_ words: [String]) -> [String] {
    ["setpriv", "--reuid=\(uid)", "--regid=\(uid)", "--clear-groups", "--"] + words
  }
}
