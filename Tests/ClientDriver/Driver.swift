import BreakerClient
import Glibc
import Logging

/// A client that does what it is told.
struct Driver {
  let isAsync: Bool
  private var client: BreakerClient?
  private var permits: [Int: CallPermit] = [:]
  private var permitCount = 0
  private var deadline = Duration.milliseconds(50)
  private let log = KeptLog()
  private let inheritedAtStart = Self.inherited()

  init(isAsync: Bool) { self.isAsync = isAsync }

  mutating func close() async {
    permits = [:]
    await client?.shutdown()
  }

  /// Does what it is told.
  ///
  /// - Returns: The answer.
  mutating func obey(_ verb: String, _ command: Command) async -> String {
    do {
      switch verb {
      case "new": return await make(command)
      case "call":
        var tally = CallTally(lateAfter: deadline + .milliseconds(20))
        return try await call(handle(command.word(0)), command.word(1), command, &tally)
      case "run", "spin": return try await many(verb, command)
      case "allow": return try await allow(command)
      case "report":
        let permit = permits[Int(command.word(0)) ?? 0]
        switch command.word(1) {
        case "ok": permit?.succeed()
        case "fail": permit?.fail(command["class"].map { Failure.named($0) })
        default: permit?.ignore()
        }
      case "drop": permits[Int(command.word(0)) ?? 0] = nil
      case "flush": client?.flush()
      case "counts": return await counts()
      case "log": return log.take()
      case "inherited": return "\(Self.inherited() - inheritedAtStart)"
      case "pid": return "\(getpid())"
      case "close": await close()
      default: return "what?"
      }
      return "ok"
    } catch is BreakerNameError {
      return "error name"
    } catch {
      return "raised \(error)"
    }
  }

  private mutating func make(_ command: Command) async -> String {
    await close()
    var configuration = BreakerClient.Configuration(socketPath: command["socket"])
    configuration.name = command["name"]
    configuration.useBoard = command["board"] != "no"
    configuration.deadline = command.milliseconds("deadline_ms") ?? .milliseconds(50)
    switch command["on"] {
    case "deny": configuration.onUnavailable = .deny
    case "local":
      configuration.onUnavailable = .local(
        failures: command.number("failures") ?? 5, duration: command.milliseconds("open_ms") ?? .seconds(30))
    default: break
    }
    let log = log
    configuration.logger = Logger(label: "driver") { _ in log }
    _ = log.take()
    deadline = configuration.deadline
    client = BreakerClient(configuration: configuration)
    return "ok"
  }

  private func handle(_ name: String) throws -> BreakerHandle {
    guard let client else { throw Failure(description: "no client") }
    return try client.breaker(name)
  }

  /// A guarded call.
  private func call(
    _ handle: BreakerHandle, _ outcome: String, _ command: Command, _ tally: inout CallTally
  ) async throws -> String {
    let lease = command.milliseconds("lease_ms")
    let work = UInt32(command.number("work_ms") ?? 0) * 1_000
    let failure = Failure.named(command["class"])
    let start = ContinuousClock.now
    var worked = Duration.zero
    func operation() throws -> Int {
      let begun = ContinuousClock.now
      defer { worked = ContinuousClock.now - begun }
      usleep(work)
      switch outcome {
      case "fail": throw failure
      case "ignore": throw Neutral()
      default: return 42
      }
    }
    let isFailure: (any Error) -> Bool = { !($0 is Neutral) }
    var answer: String
    do {
      let value: Int
      if isAsync {
        value = try await handle.run(lease: lease, isFailure: isFailure) { () async throws -> Int in try operation() }
      } else {
        value = try handle.runBlocking(lease: lease, isFailure: isFailure, operation)
      }
      answer = value == 42 && outcome == "ok" ? "allowed" : "raised another value"
    } catch let denied as BreakerDenied {
      answer = "denied \(denied.words)"
    } catch is Neutral where outcome == "ignore" {
      answer = "allowed"
    } catch let error where outcome == "fail" && type(of: error) == type(of: failure) {
      answer = "allowed"
    }
    tally.add(answer, ContinuousClock.now - start - worked)
    return answer
  }

  private func many(_ verb: String, _ command: Command) async throws -> String {
    let handle = try handle(command.word(0))
    var tally = CallTally(lateAfter: deadline + .milliseconds(20))
    let number = Int(command.word(1)) ?? 0
    let end = ContinuousClock.now + .milliseconds(number)
    while verb == "spin" ? ContinuousClock.now < end : tally.count < number {
      do {
        _ = try await call(handle, command.word(2), command, &tally)
      } catch {
        tally.errors += 1
      }
      if verb == "spin" { usleep(1_000) }
    }
    return tally.description
  }

  private mutating func allow(_ command: Command) async throws -> String {
    let handle = try handle(command.word(0))
    let lease = command.milliseconds("lease_ms")
    do {
      let permit = isAsync ? try await handle.permit(lease: lease) : try handle.permitBlocking(lease: lease)
      permitCount += 1
      permits[permitCount] = permit
      return "allow \(permitCount)"
    } catch {
      return "deny \(error.words)"
    }
  }

  private func counts() async -> String {
    guard let statistics = await client?.statistics else { return "" }
    return [
      ("requests", statistics.requests), ("unavailable", statistics.unavailable), ("timeouts", statistics.timeouts),
      ("connections", statistics.connections), ("boards", statistics.boards),
      ("denied_locally", statistics.deniedLocally), ("reports_sent", statistics.reportsSent),
      ("reports_refused", statistics.reportsRefused), ("reports_dropped", statistics.reportsDropped),
    ].map { "\($0)=\($1)" }.joined(separator: " ")
  }

  /// How many descriptors a program that is started from here would inherit, but for one that libdispatch waits with.
  private static func inherited() -> Int {
    (CInt(3)..<1_024).count { descriptor in
      let flags = fcntl(descriptor, F_GETFD)
      var status = stat()
      return flags >= 0 && flags & FD_CLOEXEC == 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT != 0
    }
  }
}
