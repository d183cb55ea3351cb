internal import Glibc

/// Moving a damaged database out of the way.
enum SetAside {
  private static let mark = ".damaged-"

  /// See ``Store/setAside(path:)``.
  static func perform(_ path: String) throws(StoreError) -> String {
    let (directory, name) = StoreFile.split(path)
    if let earlier = try StoreFile.names(in: directory, beginning: name + mark).min() {
      throw StoreError(
        .other, "it is damaged, and \(earlier), set aside before, is still there; move both away", path: path)
    }
    let target = path + mark + timestamp()
    try move(path, to: target)
    try moveCompanions(of: path, to: target)
    try StoreFile.synchronize(directory, directory: true)
    return target
  }

  /// Ends what a crash has interrupted between the file and its log: SQLite would delete a log without its file.
  static func finish(_ path: String) throws(StoreError) {
    guard !StoreFile.exists(path), StoreFile.exists(path + "-wal") else { return }
    let (directory, name) = StoreFile.split(path)
    let earlier = try StoreFile.names(in: directory, beginning: name + mark)
      .filter { file in !StoreFile.companions.contains { file.hasSuffix($0) } }
    guard let target = earlier.max(), !StoreFile.exists("\(directory)/\(target)-wal") else {
      throw StoreError(.cantOpen, "it is missing, but its log is there; move \(name)-wal away", path: path)
    }
    try moveCompanions(of: path, to: "\(directory)/\(target)")
  }

  private static func moveCompanions(of path: String, to target: String) throws(StoreError) {
    for companion in StoreFile.companions where StoreFile.exists(path + companion) {
      try move(path + companion, to: target + companion)
    }
  }

  private static func move(_ path: String, to target: String) throws(StoreError) {
    guard rename(path, target) == 0 else {
      throw StoreError(systemError: errno, "it cannot be renamed to \(target)", path: path)
    }
  }

  /// Now, as `20261123T150405Z`.
  private static func timestamp() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    func digits(_ number: Int32, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
    return digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2) + "T"
      + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2) + "Z"
  }
}
