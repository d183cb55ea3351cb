internal import Glibc

/// Moving a damaged database out of the way.
enum SetAside {
  private static let mark = ".damaged-"
  /// Behind the name of what is to take its place, while it is being made, and when it is complete.
  static let (draft, ready) = (".salvaging", ".salvaged")
  /// Behind the name of a copy while it is being made.
  static let partial = ".partial"

  /// See ``Store/setAside(path:)``.
  static func perform(_ path: String) throws(StoreError) -> String {
    let target = try nextPlace(of: path)
    try StoreFile.rename(path, to: target)
    try moveCompanions(of: path, to: target)
    try StoreFile.synchronize(StoreFile.split(path).directory, directory: true)
    return target
  }

  /// Where it goes.
  static func nextPlace(of path: String) throws(StoreError) -> String {
    try requireNoEarlier(path)
    return path + mark + timestamp()
  }

  /// A daemon that is started again and again on a failing disk must not fill it.
  static func requireNoEarlier(_ path: String) throws(StoreError) {
    guard let earlier = try earlier(path) else { return }
    throw StoreError(
      .other, "it is damaged, and \(earlier), set aside before, is still there; move both away", path: path)
  }

  /// The path of what was set aside before; nil: nothing was, or it was moved away.
  static func earlier(_ path: String) throws(StoreError) -> String? {
    let (directory, name) = StoreFile.split(path)
    let found = try StoreFile.names(in: directory, beginning: name + mark)
      .filter { file in !(StoreFile.companions + [partial]).contains { file.hasSuffix($0) } }
    return found.min().map { directory == "/" ? "/\($0)" : "\(directory)/\($0)" }
  }

  /// Ends what a crash has interrupted between the file and its log: SQLite would delete a log without its file.
  static func finish(_ path: String) throws(StoreError) {
    removePartial(path)
    guard !StoreFile.exists(path) else { return }
    if StoreFile.exists(path + "-wal") {
      guard let target = try earlier(path), !StoreFile.exists(target + "-wal") else {
        let name = StoreFile.split(path).name
        throw StoreError(.cantOpen, "it is missing, but its log is there; move \(name)-wal away", path: path)
      }
      try moveCompanions(of: path, to: target)
    }
    if StoreFile.exists(path + ready) { try StoreFile.rename(path + ready, to: path) }
  }

  /// Copies that a crash has left half made.
  private static func removePartial(_ path: String) {
    let (directory, name) = StoreFile.split(path)
    let names = (try? StoreFile.names(in: directory, beginning: name + mark)) ?? []
    for name in names where name.hasSuffix(partial) { StoreFile.remove("\(directory)/\(name)") }
  }

  /// What was to take the place of the file, which is well by now, must not come instead of it later.
  static func forgetReplacement(_ path: String) { StoreFile.remove(path + ready) }

  private static func moveCompanions(of path: String, to target: String) throws(StoreError) {
    for companion in StoreFile.companions where StoreFile.exists(path + companion) {
      try StoreFile.rename(path + companion, to: target + companion)
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
