import BreakerStore
import Foundation
import Synchronization
import Testing

@testable import BreakerServer

/// The lock of the store, on a disk that hangs.
@Suite struct LockAttemptTests {
  private let path = NSTemporaryDirectory() + "lock-\(UUID().uuidString)"

  @Test func aLockThatIsThereAtOnce() throws {
    let path = path
    let lock = try LockAttempt.result(within: .seconds(20)) { () throws(StartError) in try Self.lock(path) }
    #expect(FileLock.isHeld(path: path))
    _ = consume lock
    #expect(!FileLock.isHeld(path: path))
    try FileManager.default.removeItem(atPath: path)
  }

  @Test func oneThatCannotBeHad() {
    #expect(throws: StartError.self) {
      _ = try LockAttempt.result(within: .seconds(20)) { () throws(StartError) in
        throw StartError("held", exitCode: .alreadyRunning)
      }
    }
  }

  @Test func oneThatComesTooLateIsLetGo() async throws {
    let path = path
    let gate = Gate()
    let lock = try LockAttempt.result(within: .milliseconds(20)) { () throws(StartError) in
      gate.wait()
      return try Self.lock(path)
    }
    switch consume lock {
    case .none: break
    case .some: Issue.record("it had to wait")
    }
    gate.open()
    for _ in 0..<2_000 where !FileManager.default.fileExists(atPath: path) || FileLock.isHeld(path: path) {
      try await Task.sleep(for: .milliseconds(5))
    }
    #expect(FileManager.default.fileExists(atPath: path) && !FileLock.isHeld(path: path))
    try FileManager.default.removeItem(atPath: path)
  }

  private static func lock(_ path: String) throws(StartError) -> FileLock {
    do {
      return try FileLock(path: path)
    } catch {
      throw StartError(error.description, exitCode: .cannotStart)
    }
  }
}

/// What a thread waits at.
private final class Gate: Sendable {
  private let isOpen = Atomic(false)

  func open() { isOpen.store(true, ordering: .releasing) }
  func wait() { while !isOpen.load(ordering: .acquiring) { usleep(1_000) } }
}
