internal import BreakerCore
internal import BreakerProtocol
internal import NIOCore

/// The way from any thread to the connection, which lives on the client's event loop.
final class DaemonLink: Sendable {
  let clock: MonotonicClock
  private let loop: any EventLoop
  private let driver: NIOLoopBoundBox<ConnectionDriver>
  private let deadline: Timespan

  init(_ driver: consuming sending ConnectionDriver, loop: any EventLoop, clock: MonotonicClock, deadline: Timespan) {
    self.driver = NIOLoopBoundBox.makeBoxSendingValue(driver, eventLoop: loop)
    self.loop = loop
    self.clock = clock
    self.deadline = deadline
  }

  /// Asks, and suspends the task until the answer comes.
  ///
  /// - Parameters:
  ///   - breaker: The name asked about if this is an `allow`.
  ///   - deadline: How long to wait; nil: as the client was made.
  nonisolated(nonsending) func ask(_ line: RequestLine, breaker: String?, deadline: Timespan? = nil) async -> Answer {
    let deadline = clock.now() + (deadline ?? self.deadline)
    return await withCheckedContinuation { continuation in
      submit(line, breaker, .task(continuation), deadline)
    }
  }

  /// Asks whether a call may pass, and blocks the thread until the answer comes, or as long as the client was made to wait.
  func askBlocking(_ line: RequestLine, breaker: String) -> Answer {
    guard !loop.inEventLoop else { return .unavailable(.onEventLoop) }
    let thread = BlockedThread(breaker: breaker)
    submit(line, breaker, .thread(thread), clock.now() + deadline)
    return thread.wait(microseconds: deadline.microseconds) ?? .unavailable(.timedOut)
  }

  /// Tells all these, in order. What one thread tells first is told first.
  func send(_ requests: [QuietRequest]) { loop.execute { [driver] in driver.value.report(requests) } }

  /// Looks at the connection, on its loop.
  func look<Value: Sendable>(_ body: @escaping @Sendable (ConnectionDriver) -> Value) async -> Value {
    await withCheckedContinuation { continuation in
      loop.execute { [driver] in continuation.resume(returning: body(driver.value)) }
    }
  }

  /// Closes the connection, and waits until it is closed.
  func shutDown() async {
    let promise = loop.makePromise(of: Void.self)
    loop.execute { [driver] in driver.value.shutDown(promise) }
    try? await promise.futureResult.get()
  }

  /// Closes the connection.
  func shutDownLater() { loop.execute { [driver] in driver.value.shutDown(nil) } }

  private func submit(_ line: RequestLine, _ breaker: String?, _ waiter: Waiter, _ deadline: Instant) {
    loop.execute { [driver] in driver.value.submit(line, breaker: breaker, waiter: waiter, deadline: deadline) }
  }
}
