import BreakerConfiguration
import BreakerCore
import BreakerReplay

/// What a trace gives, line by line.
struct Lines {
  /// The answers to the steps before the first error.
  private(set) var output: [String] = []
  private(set) var error: String?
  private(set) var summary = Summary()

  /// Runs `trace` through the policy of `settings`, written as for `--default`; in pieces of `chunk` bytes.
  init(_ trace: String, _ settings: [String] = [], chunk: Int = .max) throws {
    try self.init(Array(trace.utf8), settings, chunk: chunk)
  }

  init(_ trace: [UInt8], _ settings: [String] = [], chunk: Int = .max) throws {
    var layer = PolicySettings()
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
      try layer.set(parts[0], to: parts[1])
    }
    var replay = Replay(following: try PolicyResolver.resolve([layer]))
    var reader = TraceReader()
    var lines = ResultLines()
    var summary = Summary()
    func take(_ step: Step) throws(StepError) {
      let result = try replay.perform(step)
      lines.append(result)
      summary.add(result, of: replay)
    }
    do throws(TraceError) {
      var start = 0
      while start < trace.count {
        let end = start + min(chunk, trace.count - start)
        try reader.read(trace.span.extracting(start..<end), take)
        start = end
      }
      try reader.finish(take)
    } catch {
      self.error = "\(error)"
    }
    self.summary = summary
    output = String(decoding: lines.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Whether there was no error, and this output.
  static func == (lines: Lines, output: [String]) -> Bool { lines.error == nil && lines.output == output }
}

/// The answer in a line of output.
enum Answer: String {
  case allow, deny, none
}

/// A line of output.
func line(
  _ time: String, _ answer: Answer, _ state: String, _ generation: Int, _ total: Int = 0, _ failed: Int = 0,
  _ slow: Int = 0, retry: Int? = nil
) -> String {
  #"{"t":\#(time),"decision":"\#(answer)","state":"\#(state)","retry_ms":\#(retry.map(String.init) ?? "null"),"#
    + #""generation":\#(generation),"window":{"total":\#(total),"fail":\#(failed),"slow":\#(slow)}}"#
}
