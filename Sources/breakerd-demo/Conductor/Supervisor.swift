import Glibc
import UnixSignals

/// Runs a ``Conductor``: sees to it that it ends in time, heeds SIGINT and SIGTERM, and leaves no process behind.
enum Supervisor {
  private enum Ending: Sendable {
    case played(Result<Evidence, any Error>)
    case timedOut
    case signal(UnixSignal)
  }

  /// Plays, and writes the verdict.
  ///
  /// - Returns: Whether all that is claimed held.
  /// - Throws: ``DemoError``, if there is no verdict.
  static func run(_ conductor: Conductor) async throws -> Bool {
    // The last resort, should all that follows hang. The children end with the pipes of this process.
    alarm(UInt32(Scenario.limit.components.seconds) + 15)
    // A child that is gone is found by the failed write.
    signal(SIGPIPE, SIG_IGN)
    let started = MonotonicTime.now
    let children = Children()
    let ending = await play(conductor, children)
    await children.end()
    switch ending {
    case .played(.success(let evidence)):
      let verdict = Verdict(evidence)
      for line in verdict.lines(took: MonotonicTime.now.since(started)) { Output.line(line) }
      return verdict.holds
    case .played(.failure(let error)): throw error
    case .timedOut: throw DemoError.timedOut
    case .signal(let signal): throw DemoError.interrupted(signal: signal.rawValue)
    }
  }

  /// Returns what comes first; the others are cancelled.
  private static func play(_ conductor: Conductor, _ children: Children) async -> Ending {
    await withTaskGroup(of: Ending?.self) { group in
      group.addTask {
        do {
          return .played(.success(try await conductor.play(children)))
        } catch {
          return .played(.failure(error))
        }
      }
      group.addTask {
        try? await Task.sleep(for: Scenario.limit)
        return .timedOut
      }
      group.addTask {
        for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) { return .signal(signal) }
        return nil
      }
      defer { group.cancelAll() }
      for await ending in group {
        if let ending { return ending }
      }
      return .timedOut
    }
  }
}
