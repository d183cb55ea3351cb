import ArgumentParser
import BreakerClient
import NIOPosix

/// `breakerd-demo worker`: a process that calls the upstream again and again, each time through the breaker.
///
/// Says `ready` after the first call that worked. When standard input ends it says its ``WorkerTally``, and ends.
struct Work: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @Option var socket: String
  @Option var port: Int
  @Option var number: Int

  func run() async throws {
    let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
    var configuration = BreakerClient.Configuration(socketPath: socket)
    configuration.name = "worker-\(number)"
    configuration.deadline = Scenario.daemonDeadline
    configuration.onUnavailable = .deny
    configuration.logger = nil
    let client = BreakerClient(configuration: configuration, eventLoopGroup: loop)
    let upstream = try client.breaker(Scenario.breaker)
    let get = HTTPGet(eventLoop: loop, port: port, worker: number)

    let isAtEnd = Flag()
    Task {
      for await _ in Lines.fromStandardInput {}
      isAtEnd.raise()
    }
    var tally = WorkerTally()
    while !isAtEnd.isRaised {
      await call(upstream, get, &tally)
      try await Task.sleep(for: .milliseconds(Int.random(in: Scenario.pause)))
    }
    await client.shutdown()
    Output.line(tally.line)
  }

  /// The guarded call, as any program would make it.
  private func call(_ upstream: BreakerHandle, _ get: HTTPGet, _ tally: inout WorkerTally) async {
    let asked = MonotonicTime.now
    do {
      try await upstream.run(timeout: Scenario.callTimeout) { try await get(asked: asked) }
      tally.ok += 1
      if tally.ok == 1 { Output.line("ready") }
    } catch let error as BreakerDenied {
      switch error.reason {
      case .unavailable: tally.unanswered += 1
      case .open, .halfOpen, .forcedOpen, .saturated, .ramp, .local, .other: tally.refuse(asked: asked)
      }
    } catch is BreakerTimeout {
      tally.timedOut += 1
    } catch {
      tally.failed += 1
    }
  }
}
