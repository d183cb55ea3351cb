import Testing

@testable import BreakerServer

/// Reads that wait for the journal's thread.
@Suite struct ReadQueueTests {
  /// Does slices until none wait, and returns whose they were.
  private func work(_ queue: inout ReadQueue, _ names: [ReadQueue.Number: String], slices: Int) -> String {
    var order = ""
    var left = names.mapValues { _ in slices }
    while let read = queue.take() {
      order += names[read.number] ?? "?"
      left[read.number, default: 1] -= 1
      queue.putBack(read, isDone: left[read.number] == 0)
    }
    return order
  }

  @Test func doesASliceOfEachInTurn() {
    var queue = ReadQueue()
    var names: [ReadQueue.Number: String] = [:]
    for name in ["a", "b", "c"] { names[queue.add { _ in true }] = name }
    #expect(work(&queue, names, slices: 3) == "abcabcabc")
    #expect(queue.isEmpty)
  }

  @Test func dropsWhatIsCancelledWaitingOrUnderWay() {
    var queue = ReadQueue()
    let (first, second, third) = (queue.add { _ in true }, queue.add { _ in true }, queue.add { _ in true })
    queue.cancel(second)
    guard let read = queue.take() else {
      Issue.record("nothing waits")
      return
    }
    #expect(read.number == first)
    queue.cancel(first)
    queue.putBack(read, isDone: false)
    #expect(work(&queue, [first: "a", second: "b", third: "c"], slices: 2) == "cc")
  }

  @Test func isFullWithAllThatWaitAndTheOneUnderWay() {
    var queue = ReadQueue()
    for _ in 0..<ReadQueue.limit {
      #expect(!queue.isFull)
      _ = queue.add { _ in true }
    }
    #expect(queue.isFull)
    let read = queue.take()
    #expect(queue.isFull)
    if let read { queue.putBack(read, isDone: true) }
    #expect(!queue.isFull)
  }
}
