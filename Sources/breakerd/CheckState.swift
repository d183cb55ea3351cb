import BreakerServer
import BreakerStore

/// `breakerd check --state`: says whether a database is whole.
enum CheckState {
  /// Looks at the database at `path`, and says what there is.
  ///
  /// - Returns: What to exit with: 0 it is whole, 65 it is damaged, 69 a daemon has it, 73 it cannot be read.
  static func run(_ path: String) -> Int32 {
    // A database that a daemon writes into would look damaged.
    if FileLock.isHeld(path: path + ".lock") {
      StandardError.write(
        "breakerd: \(path): a daemon has it open; look at a copy that `breakerctl backup` makes, or stop the daemon\n")
      return StartError.ExitCode.alreadyRunning.rawValue
    }
    do {
      let report = try Store.examine(path: path)
      if report.damagedEvents > 0 { print("\(path): \(report.damagedEvents) damaged events, which are not shown") }
      guard report.damaged > 0 else {
        if report.damagedEvents > 0 { return damaged }
        print("\(path): ok, \(report.rows) \(report.rows == 1 ? "breaker" : "breakers")")
        return 0
      }
      print(
        "\(path): \(report.damaged) damaged of \(report.rows + report.damaged) breakers, left out at a start, which keeps a copy"
      )
      if !report.damagedNames.isEmpty {
        print("as far as they can be read: \(report.damagedNames.joined(separator: " "))")
      }
      return damaged
    } catch {
      guard error.kind == .corrupt || error.kind == .noDatabase else {
        StandardError.write("breakerd: \(error)\n")
        return StartError.ExitCode.cannotStart.rawValue
      }
      print("\(path): \(error.message)")
      if let report = try? Store.salvage(path: path, { _ in }) {
        print("a start would set it aside, and carry over \(report.rows) breakers and \(report.events) events")
      }
      return damaged
    }
  }

  private static let damaged: Int32 = 65
}
