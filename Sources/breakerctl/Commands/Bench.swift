internal import ArgumentParser
internal import BreakerLoad
internal import BreakerProtocol

struct Bench: ControlCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure how fast the daemon answers over its socket, as it runs.",
    discussion: """
      Asks about breakers of its own, bench.0 and so on, which stay until they are forgotten ('breakerctl forget "bench.*"', \
      or by themselves after a day). One thread makes the load; other clients share the daemon with it meanwhile. The last row \
      connects for each request, as processes do that remember nothing.
      """)

  @Option(help: ArgumentHelp("How long to measure each row.", valueName: "duration"))
  var `for` = LengthOfTime.seconds(1)

  @Option(help: ArgumentHelp("How many breakers to ask about.", valueName: "count"))
  var names = 10

  @Option(help: ArgumentHelp("What to send: allow, or report, of a success.", valueName: "allow|report"))
  var verb = Request.allow

  @OptionGroup var options: CommonOptions
  @ParentCommand var root: Breakerctl

  static let order = SocketOrder.everybodysFirst

  enum Request: String, ExpressibleByArgument {
    case allow, report
  }

  /// What is measured: connections, requests on their way at once on each, and whether each has a connection of its own.
  private static let rows: [(connections: Int, depth: Int, reconnects: Bool)] = [
    (1, 1, false), (8, 1, false), (64, 1, false), (8, 50, false), (1, 1, true),
  ]

  func validate() throws {
    guard 1...100_000 ~= names else { throw ValidationError("--names is 1 to 100000") }
  }

  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32 {
    let requests = (0..<names).map { verb == .allow ? "allow bench.\($0)" : "report bench.\($0) ok" }
    var rows: [Fields] = []
    for row in Self.rows {
      var plan = LoadPlan(socketPath: socket.path, requests: requests)
      plan.connections = row.connections
      plan.depth = row.depth
      plan.reconnects = row.reconnects
      plan.duration = self.for.duration
      do throws(LoadError) {
        rows.append(Self.figures(of: try LoadGenerator(plan).run(), row))
      } catch {
        throw Failure(ExitStatus.unreachable, "\(error)")
      }
    }
    console.say(rows: rows)
    return ExitStatus.done
  }

  private static func figures(
    of result: LoadResult, _ row: (connections: Int, depth: Int, reconnects: Bool)
  ) -> Fields {
    func microseconds(_ percentile: Double) -> String {
      let tenths = (result.latency(percentile: percentile) + 50) / 100
      return "\(tenths / 10).\(tenths % 10)"
    }
    var text = "connections=\(row.reconnects ? "each" : "\(row.connections)") pipeline=\(row.depth)"
    text += " requests_s=\(Int(result.rate)) p50_us=\(microseconds(50)) p99_us=\(microseconds(99))"
    text += " p999_us=\(microseconds(99.9)) errors=\(result.errors)"
    if let time = result.serverNanoseconds { text += " daemon_cpu_ns=\(Int(time))" }
    return Fields(text)
  }
}
