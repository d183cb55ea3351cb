import BreakerClient
import Dispatch

/// Shuts a client down from a program without concurrency.
struct Ending {
  private let done = DispatchSemaphore(value: 0)

  init(_ client: BreakerClient) {
    let done = done
    Task.detached {
      await client.shutdown()
      done.signal()
    }
  }

  func wait() { done.wait() }
}
