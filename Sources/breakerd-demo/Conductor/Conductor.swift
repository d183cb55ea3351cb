import BreakerClient
import BreakerProtocol

/// Starts all processes, makes the upstream ill and well again, tells what happens meanwhile, and gathers the figures.
struct Conductor: Sendable {
  let executable: Executable
  let breakerd: String
  /// Settings of the daemon's default policy, above the demo's own.
  let defaults: [String]

  /// Plays it all.
  ///
  /// - Throws: ``DemoError``; `CancellationError`. What was started is then for the caller to end.
  func play(_ children: Children) async throws -> Evidence {
    let (daemon, client) = try await startDaemon(children)
    let (upstream, port) = try await startUpstream(children)
    let workers = try await startWorkers(children, socket: daemon.socket, port: port)
    Output.line("\(workers.count) processes call one HTTP server, each call through the one breakerd of this host.")
    Output.line(
      "\(Scenario.threshold) failures in a row, whoever meets them, and nobody calls for a while; then one probes.")
    Output.line("breakerd is pid \(daemon.pid), the upstream pid \(upstream.pid) on 127.0.0.1:\(port),")
    Output.line("the workers are pids \(workers.map { "\($0.pid)" }.joined(separator: " ")).")
    Output.line()
    var story = Story(watching: client)
    story.tell("all run, the upstream is healthy")
    let healthy = try await story.follow(for: Scenario.healthyFor)

    let hanging = try await turn(upstream, .hanging)
    story.tell("the upstream begins to hang; \(healthy?.ok ?? 0) calls went well before", at: hanging)
    try await story.follow(for: Scenario.hangingFor)
    story.tell("the upstream answers again, but with 503", at: try await turn(upstream, .failing))
    try await story.follow(for: Scenario.failingFor)
    let healed = try await turn(upstream, .healthy)
    story.tell("the upstream is healthy again", at: healed)
    let closed = try await story.follow(for: Scenario.recoveredWithin) { $0.state == "closed" }
    let recovered = closed.map { _ in MonotonicTime.now }
    let end = try await story.follow(for: Scenario.recoveredFor)
    story.tell("end")

    workers.forEach { $0.closeInput() }
    var tallies: [WorkerTally] = []
    for worker in workers { tallies.append(try await tally(of: worker)) }
    upstream.closeInput()
    var calls: [ServedCall] = []
    for await line in upstream.lines { if let call = ServedCall(Fields(line)) { calls.append(call) } }
    try Task.checkCancellation()
    await client.shutdown()
    return Evidence(
      calls: calls, tallies: tallies, openings: end?.opened ?? 0, healed: healed,
      recovered: recovered)
  }

  private func startDaemon(_ children: Children) async throws -> (daemon: DaemonAddress, client: BreakerClient) {
    guard Executable.isThere(breakerd) else { throw DemoError.noProgram(breakerd) }
    let child = try children.start(
      "the daemon", executable.path, ["daemon", breakerd] + Scenario.policy + defaults)
    guard let daemon = DaemonAddress(try await child.nextLine()) else { throw DemoError.childFailed(child.role) }
    var configuration = BreakerClient.Configuration(socketPath: daemon.socket)
    configuration.name = "conductor"
    configuration.deadline = Scenario.daemonDeadline
    configuration.logger = nil
    let client = BreakerClient(configuration: configuration)
    while true {
      do {
        _ = try await client.request(RequestLine(.ping))
        return (daemon, client)
      } catch {
        // It is not there yet; or it never will be, which the end of its keeper tells.
        try await Task.sleep(for: .milliseconds(10))
        if child.hasEnded { throw DemoError.childFailed(child.role) }
      }
    }
  }

  private func startUpstream(_ children: Children) async throws -> (child: ChildProcess, port: Int) {
    let child = try children.start("the upstream", executable.path, ["upstream"])
    guard let port = try await child.nextLine()["port"].flatMap({ Int($0) }), port > 0 else {
      throw DemoError.childFailed(child.role)
    }
    return (child, port)
  }

  /// Returns when each has made a call.
  private func startWorkers(_ children: Children, socket: String, port: Int) async throws -> [ChildProcess] {
    var workers: [ChildProcess] = []
    for number in 1...Scenario.workers {
      workers.append(
        try children.start(
          "worker \(number)", executable.path,
          ["worker", "--socket", socket, "--port", "\(port)", "--number", "\(number)"]))
    }
    for worker in workers { _ = try await worker.nextLine() }
    return workers
  }

  /// Makes the upstream ill or well, and returns since when it is.
  private func turn(_ upstream: ChildProcess, _ health: Health) async throws -> MonotonicTime {
    try upstream.tell(health.rawValue)
    guard let since = try await upstream.nextLine()["since"].flatMap(MonotonicTime.init) else {
      throw DemoError.childFailed(upstream.role)
    }
    return since
  }

  private func tally(of worker: ChildProcess) async throws -> WorkerTally {
    guard let tally = WorkerTally(try await worker.nextLine()) else { throw DemoError.childFailed(worker.role) }
    return tally
  }
}
