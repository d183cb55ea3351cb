/// What breakerctl exits with; the numbers are those of sysexits.h where it has one.
enum ExitStatus {
  static let done: Int32 = 0
  /// The doctor has found something.
  static let found: Int32 = 1
  static let usage: Int32 = 64
  static let badData: Int32 = 65
  static let unreachable: Int32 = 69
  static let cannotCreate: Int32 = 73
  static let denied: Int32 = 75
  static let notPermitted: Int32 = 77
  static let badConfiguration: Int32 = 78
  static let timedOut: Int32 = 124
  static let notExecutable: Int32 = 126
  static let notFound: Int32 = 127
  /// Plus the signal's number.
  static let killed: Int32 = 128
}
