internal import NIOCore

/// Tells the connection of a watch, from wherever its events are taken, that there is room for more, or no wish.
struct WatchReader: NIOAsyncSequenceProducerDelegate {
  let handler: NIOLoopBound<WatchHandler>
  let loop: any EventLoop

  func produceMore() { loop.execute { handler.value.readMore() } }

  func didTerminate() { loop.execute { handler.value.close() } }
}
