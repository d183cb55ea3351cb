public import BreakerProtocol
internal import NIOCore

/// What happens to breakers, as it happens; from ``BreakerClient/watch(_:deadline:)``.
///
/// It holds a bounded number of events. While they are not taken, nothing is read from the daemon, which then keeps only
/// the newest state of each breaker for this watcher, and says so by ``BreakerEvent/lag(skipped:)``.
///
/// It has a connection of its own, which is closed when the loop over it ends. It can be looped over once. When the
/// connection ends, it throws.
public struct BreakerWatch: AsyncSequence, Sendable {
  /// What comes.
  public typealias Element = BreakerEvent
  /// Why no more comes.
  public typealias Failure = BreakerRequestError

  typealias Producer = NIOThrowingAsyncSequenceProducer<
    BreakerEvent, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, WatchReader
  >

  /// The breakers when the watch began: a row each, as of `list`, of the first page.
  public let firstPage: [Fields]
  /// Where the list goes on, for `list GLOB cursor=`; nil: the first page is all.
  public let cursor: String?
  private let producer: Producer

  init(firstPage: [Fields], cursor: String?, producer: Producer) {
    self.firstPage = firstPage
    self.cursor = cursor
    self.producer = producer
  }

  /// The one iterator that it can have.
  public func makeAsyncIterator() -> Iterator { Iterator(base: producer.makeAsyncIterator()) }

  /// Takes one event after the other.
  public struct Iterator: AsyncIteratorProtocol {
    /// Why no more comes.
    public typealias Failure = BreakerRequestError
    let base: Producer.AsyncIterator

    /// The next event; nil if the task was cancelled.
    ///
    /// - Throws: Why the connection has ended.
    public mutating func next() async throws(BreakerRequestError) -> BreakerEvent? {
      do {
        return try await base.next()
      } catch let error as BreakerRequestError {
        throw error
      } catch {
        // Nothing else finishes the sequence but a cancelled task.
        return nil
      }
    }
  }
}
