import Foundation
import Glibc
import Synchronization
import Testing

/// Many processes that guard their calls with the Swift client, batching and all.
@Suite(.offThePool, .serialized) struct ClientProcessTests {
  private static func milliseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000 + now.tv_nsec / 1_000_000
  }

  @Test func workersThatHangTripItWithTheirFirstFailures() throws {
    let count = 64
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=5", "--default", "open.duration=60s"])
    // All of them have come by then, and batch for a while.
    let workers = try ClientWorkers(count, "hang", "api", "\(Self.milliseconds() + 6_000)", on: daemon)
    for worker in workers.children { #expect(worker.wait(within: .seconds(60)) == .exit(0)) }
    let figures = try daemon.admin().table("show api")
    #expect(try daemon.client().ask("state api").hasPrefix("+ok open "))
    #expect(5...6 ~= Int(figures["failed"] ?? "") ?? 0, "\(figures)")
    let worked = workers.lines.compactMap { fields($0)["worked"].flatMap { Int($0) } }
    #expect(worked.count == count && worked.allSatisfy { $0 > 0 }, "\(worked)")
    // Nothing is lost: what a process has counted before it hung comes with its failure.
    let told = (Int(figures["ok"] ?? "") ?? 0) + (Int(figures["stale"] ?? "") ?? 0)
    #expect(told > 0 && (Int(figures["ok"] ?? "") ?? 0) <= worked.reduce(0, +), "\(figures)")
  }

  @Test func noProcessPassesAfterTheReplyThatAnnouncedATrip() throws {
    let isLong = ProcessInfo.processInfo.environment["BREAKERD_SLOW_TESTS"] != nil
    let readers = 8
    let daemon = try DaemonProcess([
      "--default", "trip.consecutive_failures=1", "--default", "open.duration=1h",
      "--default", "open.max_duration=1h",
    ])
    let file = try daemon.scratch.write("phase", String(repeating: "\0", count: 4_096))
    let shared = try SharedNumbers(file)
    let workers = try ClientWorkers(readers, "look", "api", file, "@", on: daemon)
    let client = try daemon.client()
    let admin = try daemon.admin()
    /// Waits until each process has got so far with what it counts at this place.
    func all(_ kind: Int) throws {
      let before = (0..<readers).map { shared[1 + 3 * $0 + kind] }
      let isSo = eventually(within: .seconds(20)) {
        (0..<readers).allSatisfy { shared[1 + 3 * $0 + kind] > before[$0] + 1 }
      }
      #expect(isSo)
    }
    for _ in 0..<(isLong ? 1_000 : 50) {
      try all(0)
      let reply = try client.ask("report api fail")
      shared.advance()
      #expect(reply.hasPrefix("+ok open"))
      try all(1)
      shared.advance()
      #expect(try admin.ask("reset api") == "+ok 1")
    }
    #expect(workers.children.allSatisfy { $0.poll() == nil })
    #expect((0..<readers).map { shared[3 + 3 * $0] } == Array(repeating: 0, count: readers))
    // They were decided by the board.
    #expect(Int(try admin.table("show api")["asked"] ?? "0") ?? 0 < 1_000)
  }
}

/// Numbers that processes share.
private final class SharedNumbers: @unchecked Sendable {
  private let memory: UnsafeMutablePointer<Atomic<UInt64>>

  init(_ path: String) throws {
    let descriptor = open(path, O_RDWR)
    guard descriptor >= 0, let memory = mmap(nil, 4_096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      memory != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw SystemError("cannot map \(path)") }
    close(descriptor)
    self.memory = memory.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  deinit { munmap(memory, 4_096) }

  subscript(_ index: Int) -> UInt64 { memory[index].load(ordering: .sequentiallyConsistent) }

  /// The first one grows.
  func advance() { memory.pointee.add(1, ordering: .sequentiallyConsistent) }
}
