import BreakerBoard
import BreakerClient
import Glibc
import Synchronization

/// The kinds of calls that are measured.
struct Calls: Sendable {
  let client: BreakerClient
  let plain: BreakerHandle
  let slow: BreakerHandle
  let exact: BreakerHandle
  let open: BreakerHandle

  init(socket: String) throws {
    var configuration = BreakerClient.Configuration(socketPath: socket)
    configuration.onUnavailable = .deny
    configuration.deadline = .seconds(10)
    client = BreakerClient(configuration: configuration)
    plain = try client.breaker("plain")
    slow = try client.breaker("slow")
    exact = try client.breaker("exact")
    open = try client.breaker("open")
  }

  /// Until the first second of the generation is over, and nothing is asked any more.
  func warmUp() async throws {
    _ = try await client.breaker("none").permit()
    for handle in [plain, slow, exact] { try await handle.run {} }
    try await Task.sleep(for: .milliseconds(1_100))
    let before = await client.statistics.requests
    for kind in Self.kinds { try await make(kind, 1_000) }
    let asked = await client.statistics.requests - before
    guard asked == 0 else { throw Asked(requests: asked) }
  }

  struct Asked: Error { let requests: Int }

  static let kinds = ["none", "clock", "count", "sync", "slow", "exact", "async", "permit", "denied"]

  func make(_ kind: String, _ count: Int) async throws {
    switch kind {
    case "clock": clock(count)
    case "count": counter(count)
    case "sync": try Self.sync(plain, count)
    case "slow": try Self.sync(slow, count)
    case "exact": try Self.sync(exact, count)
    case "async": try await Self.asynchronous(plain, count)
    case "permit": try Self.permits(plain, count)
    case "denied": Self.denied(open, count)
    default: for number in 0..<count { work(number) }
    }
  }

  /// The rounds of all kinds take turns, so that what else the machine does meets all of them.
  func measure(rounds: Int) async throws {
    let count = 300_000
    var times = [[Double]](repeating: [], count: Self.kinds.count)
    var shared: [Double] = []
    for _ in 0..<rounds {
      for (index, kind) in Self.kinds.enumerated() {
        let begin = BoardClock.exact
        try await make(kind, count)
        times[index].append(Double(BoardClock.exact - begin) / Double(count))
      }
      shared.append(twoThreads(count))
    }
    for (kind, times) in zip(Self.kinds + ["sync, two threads"], times + [shared]) {
      let sorted = times.sorted()
      print(kind, fixed(sorted[rounds / 2]), fixed(sorted[rounds / 10]), fixed(sorted[rounds * 9 / 10]))
    }
    print("requests asked:", await client.statistics.requests)
  }

  @inline(never) private static func sync(_ handle: BreakerHandle, _ count: Int) throws {
    for number in 0..<count { try handle.runBlocking { work(number) } }
  }

  @inline(never) private static func asynchronous(_ handle: BreakerHandle, _ count: Int) async throws {
    for number in 0..<count { try await handle.run { work(number) } }
  }

  @inline(never) private static func permits(_ handle: BreakerHandle, _ count: Int) throws {
    for number in 0..<count {
      let permit = try handle.permitBlocking()
      work(number)
      permit.succeed()
    }
  }

  @inline(never) private static func denied(_ handle: BreakerHandle, _ count: Int) {
    for number in 0..<count { try? handle.runBlocking { work(number) } }
  }

  /// Nanoseconds a call when two threads use one handle at once.
  private func twoThreads(_ count: Int) -> Double {
    let begin = BoardClock.exact
    var threads = [pthread_t(), pthread_t()]
    for index in threads.indices {
      pthread_create(
        &threads[index], nil,
        { pointer in
          guard let pointer else { return nil }
          let work = Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue()
          try? Calls.sync(work.handle, work.count)
          return nil
        }, Unmanaged.passRetained(Work(plain, count)).toOpaque())
    }
    for thread in threads { pthread_join(thread, nil) }
    return Double(BoardClock.exact - begin) / Double(2 * count)
  }

  private func clock(_ count: Int) {
    var sum: UInt64 = 0
    for _ in 0..<count { sum &+= BoardClock.coarse }
    work(Int(truncatingIfNeeded: sum))
  }

  private func counter(_ count: Int) {
    let counter = Atomic<Int>(0)
    for _ in 0..<count {
      var value = counter.load(ordering: .relaxed)
      while true {
        let result = counter.compareExchange(expected: value, desired: value + 1, ordering: .relaxed)
        if result.exchanged { break }
        value = result.original
      }
    }
    work(counter.load(ordering: .relaxed))
  }
}

private final class Work: Sendable {
  let handle: BreakerHandle
  let count: Int

  init(_ handle: BreakerHandle, _ count: Int) {
    self.handle = handle
    self.count = count
  }
}

/// A call that does nothing, and that the compiler cannot leave out.
@inline(never) func work(_ number: Int) { withExtendedLifetime(number) {} }

func fixed(_ value: Double) -> String {
  let tenths = Int((value * 10).rounded())
  return "\(tenths / 10).\(tenths % 10)"
}
