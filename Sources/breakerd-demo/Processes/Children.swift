import Synchronization

/// All processes that this one has started.
final class Children: Sendable {
  private let all = Mutex<[ChildProcess]>([])

  /// Starts one more.
  ///
  /// - Throws: ``DemoError``, if that is not possible.
  func start(_ role: String, _ path: String, _ arguments: [String]) throws(DemoError) -> ChildProcess {
    let child = try ChildProcess(role, path, arguments)
    all.withLock { $0.append(child) }
    return child
  }

  /// Ends those that still run, each by its number. It must not be called from a cancelled task.
  func end() async {
    await withTaskGroup { group in
      for child in all.withLock({ $0 }) { group.addTask { await child.end(grace: .seconds(3)) } }
    }
  }
}
