import Foundation
import Glibc

extension DaemonProcess {
  /// The memory it has in use (VmRSS), in bytes.
  var memory: Int {
    let line = FileFacts.text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return (line?.split(separator: " ").compactMap { Int($0) }.first ?? 0) * 1_024
  }

  /// The processor time it has used, its own and the kernel's for it.
  var processorTime: Duration {
    // Behind the name, which may hold anything: state is the third field, utime and stime are the 14th and 15th.
    let text = FileFacts.text("/proc/\(pid)/stat")
    let words = text.drop { $0 != ")" }.split(separator: " ")
    let ticks = words.dropFirst(12).prefix(2).compactMap { Int($0) }.reduce(0, +)
    return .milliseconds(ticks * 1_000 / sysconf(CInt(_SC_CLK_TCK)))
  }

  /// How often its threads have waited for something, and so will have been woken.
  var waits: Int {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
    return threads.map { thread in
      let lines = FileFacts.text("/proc/\(pid)/task/\(thread)/status").split(separator: "\n")
      let line = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
      return line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0
    }.reduce(0, +)
  }
}
