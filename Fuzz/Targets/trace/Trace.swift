import BreakerCore
import BreakerReplay

/// Replays the bytes behind the first, which chooses a policy, as a trace. However they are cut in pieces, they give the
/// same lines, and the same error with its place; and whatever they say, the figures make sense.
@_cdecl("LLVMFuzzerTestOneInput")
public func replayTrace(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  let policy = TracePolicy.all[Int(bytes.first ?? 0) % TracePolicy.all.count]
  let trace = Array(bytes.dropFirst())
  let whole = Outcome(of: trace, under: policy, inPiecesOf: max(count, 1))
  let pieces = Outcome(of: trace, under: policy, inPiecesOf: count % 13 + 1)
  precondition(whole.lines == pieces.lines && whole.error == pieces.error)
  if let error = whole.error {
    precondition(1...count + 2 ~= error.line && 1...count + 2 ~= error.column, "\(error)")
    precondition(!error.message.isEmpty && !error.message.utf8.contains(UInt8(ascii: "\n")), "\(error)")
  }
  return 0
}

/// What a trace came to.
private struct Outcome {
  private(set) var lines: [UInt8] = []
  private(set) var error: TraceError?

  init(of trace: [UInt8], under policy: Policy, inPiecesOf length: Int) {
    var replay = Replay(following: policy)
    var (reader, results, summary) = (TraceReader(), ResultLines(), Summary())
    var last: StepResult?
    func take(_ step: Step) throws(StepError) {
      let result = try replay.perform(Self.bounded(step))
      precondition(result.window.failures <= result.window.total && result.window.slow <= result.window.total)
      if let last { precondition(last.time <= result.time && last.generation <= result.generation) }
      last = result
      results.append(result)
      summary.add(result, of: replay)
    }
    do throws(TraceError) {
      var start = 0
      while start < trace.count {
        let end = min(start + length, trace.count)
        try reader.read(trace.span.extracting(start..<end), take)
        start = end
      }
      try reader.finish(take)
    } catch {
      self.error = error
    }
    lines = Array(results.bytes)
    precondition(!summary.text(SummaryStyle(width: 60)).isEmpty)
  }

  /// A million calls in each line are no fault, but would take their time.
  private static func bounded(_ step: Step) -> Step {
    var step = step
    switch step.act {
    case .call(var ending):
      ending.count = min(ending.count, 100)
      step.act = .call(ending)
    case .report(var ending):
      ending.count = min(ending.count, 100)
      step.act = .report(ending)
    case .end(let label, var ending):
      ending.count = min(ending.count, 100)
      step.act = .end(label, ending)
    case .begin, .peek, .drop, .reset, .force, .release: break
    }
    return step
  }
}
