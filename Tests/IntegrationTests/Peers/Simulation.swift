import Foundation

/// A configuration of patterns, through which `breakerd simulate` runs traces.
struct Simulation {
  private let scratch: ScratchDirectory
  private let configuration: String

  /// With a pattern for each trace, by its name.
  init(following traces: [PeerTrace]) throws {
    scratch = try ScratchDirectory()
    let patterns = traces.map { trace in
      "  - match: \"\(trace.head.trace)\"\n" + trace.head.policy.map { "    \($0)\n" }.joined()
    }
    configuration = try scratch.write("breakerd.yaml", "breakers:\n" + patterns.joined())
  }

  /// Runs the steps of a trace.
  func run(_ trace: PeerTrace) throws -> Command {
    let steps = try scratch.write(
      trace.head.trace + ".jsonl", trace.steps.map { $0.line + "\n" }.joined())
    return try Command([
      DaemonProcess.program, "simulate", "--config", configuration, "--name", trace.head.trace, "--json", steps,
    ])
  }

  /// What each step of a trace came to.
  func outcomes(of trace: PeerTrace) throws -> [StepOutcome] {
    let run = try run(trace)
    guard run.ending == .exit(0) else { throw Failure(description: "\(trace.head.trace): \(run)") }
    return try run.output.split(separator: "\n").map { line in
      try JSONDecoder().decode(StepOutcome.self, from: Data(line.utf8))
    }
  }

  /// A run that did not end well.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
