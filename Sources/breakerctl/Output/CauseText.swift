internal import BreakerProtocol

/// Why a breaker has moved, in a sentence.
struct CauseText: CustomStringConvertible {
  let description: String

  /// - Parameters:
  ///   - cause: The daemon's word.
  ///   - figures: What it says beside; those that the sentence has no place for stand behind it.
  init(_ cause: String, _ figures: [Fields.Pair]) {
    var rest = figures
    func take(_ key: String) -> String? {
      guard let index = rest.firstIndex(where: { $0.key == key }) else { return nil }
      return TextTable.printable(rest.remove(at: index).value)
    }
    func figure(_ key: String) -> String { take(key) ?? "?" }
    func calls(_ key: String, _ noun: String) -> String {
      let count = figure(key)
      return count == "1" ? "1 \(noun)" : "\(count) \(noun)s"
    }
    func slowCalls() -> String {
      let slow = figure("slow")
      return "\(slow) of \(calls("calls", "call")) \(slow == "1" ? "was" : "were") slow"
    }
    func threshold() -> String { take("threshold").map { " (threshold \($0))" } ?? "" }
    var text =
      switch cause {
      case "consecutive_failures": "\(calls("run", "failure")) in a row" + threshold()
      case "failures": "\(calls("window_failures", "failure")) in the window" + threshold()
      case "failure_rate": "\(figure("failures")) of \(calls("calls", "call")) failed" + threshold()
      case "slow_rate": slowCalls() + threshold()
      case "open_elapsed": "time to probe"
      case "probes_succeeded": "\(figure("calls")) probed, \(figure("failures")) failed"
      case "probe_failed": "a probe failed"
      case "probe_slow": "a probe was slow"
      case "lease_lapsed": "a probe was not settled within its lease (pid \(figure("holder_pid")))"
      case "probe_overdue": "a probe was overdue (pid \(figure("holder_pid")))"
      case "check_succeeded": "a check succeeded, attempt \(figure("attempts"))"
      case "checks_failed": "\(calls("attempts", "check")) failed"
      case "max_wait": "half-open for too long"
      case "forced": "forced by an admin"
      case "released": "released by an admin"
      case "force_ended": "the force has ended"
      case "reset": "reset by an admin"
      case "restored": "brought back from the database"
      default: TextTable.printable(cause)
      }
    if let length = take("for_ms").flatMap(Int64.init) { text += ", for \(Milliseconds(length))" }
    for pair in rest where pair.key != "holder_uid" { text += " \(pair.key)=\(TextTable.printable(pair.value))" }
    description = text
  }
}
