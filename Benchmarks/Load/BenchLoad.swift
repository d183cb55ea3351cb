import ArgumentParser
import BreakerLoad

/// Loads any server that answers lines with lines, and prints what came of it as one line of JSON. `breakerctl bench` is
/// for people, and for breakerd; this is for comparing breakerd with others.
@main
struct BenchLoad: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "bench-load")

  @Argument var socket: String
  @Argument(help: "Requests; # becomes a number below `names`, all equally long.") var requests: [String]
  @Option var names = 1
  @Option var connections = 1
  @Option var depth = 1
  @Option var linesPerReply = 1
  @Option var milliseconds = 1_000
  @Option var warmUp = 200
  @Flag var reconnects = false
  @Flag var spins = false

  func run() throws {
    var numbers = Array(0..<names)
    // The same order each time, and none that a cache likes.
    var generator = Shuffler(state: 0x9E37_79B9_7F4A_7C15)
    numbers.shuffle(using: &generator)
    let width = "\(names - 1)".count
    let lines = numbers.flatMap { number in
      let digits = "\(number)"
      let padded = String(repeating: "0", count: width - digits.count) + digits
      return requests.map { $0.split(separator: "#", omittingEmptySubsequences: false).joined(separator: padded) }
    }
    var plan = LoadPlan(socketPath: socket, requests: lines)
    plan.connections = connections
    plan.depth = depth
    plan.linesPerReply = linesPerReply
    plan.duration = .milliseconds(milliseconds)
    plan.warmUp = .milliseconds(warmUp)
    plan.reconnects = reconnects
    plan.spins = spins
    let result = try LoadGenerator(plan).run()
    let figures: [(String, String)] = [
      ("rate", "\(result.rate)"), ("errors", "\(result.errors)"), ("requests", "\(result.requests)"),
      ("p50", "\(result.latency(percentile: 50))"), ("p99", "\(result.latency(percentile: 99))"),
      ("p999", "\(result.latency(percentile: 99.9))"), ("max", "\(result.latency(percentile: 100))"),
      ("cpu", result.serverNanoseconds.map { "\($0)" } ?? "null"),
    ]
    print("{" + figures.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}")
  }
}

/// SplitMix64.
struct Shuffler: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
