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

  private func add(_ queue: inout ReadQueue, for user: UInt32 = 1, isPrivileged: Bool = false) -> ReadQueue.Number? {
    queue.add(for: user, isPrivileged: isPrivileged) { _ in true }
  }

  @Test func doesASliceOfEachInTurn() throws {
    var queue = ReadQueue()
    var names: [ReadQueue.Number: String] = [:]
    for name in ["a", "b", "c"] {
      let number = add(&queue)
      names[try #require(number)] = name
    }
    #expect(work(&queue, names, slices: 3) == "abcabcabc")
    #expect(queue.isEmpty)
  }

  @Test func doesThoseOfAdminsFirst() throws {
    var queue = ReadQueue()
    let (first, admins) = (add(&queue) ?? 0, add(&queue, isPrivileged: true) ?? 0)
    #expect(work(&queue, [first: "a", admins: "A"], slices: 3) == "AAAaaa")
  }

  @Test func dropsWhatIsCancelledWaitingOrUnderWay() throws {
    var queue = ReadQueue()
    let (first, second, third) = (add(&queue) ?? 0, add(&queue) ?? 0, add(&queue) ?? 0)
    queue.cancel(second)
    let taken = queue.take()
    let read = try #require(taken)
    #expect(read.number == first)
    queue.cancel(first)
    queue.putBack(read, isDone: false)
    #expect(work(&queue, [first: "a", second: "b", third: "c"], slices: 2) == "cc")
  }

  @Test func usersTakeTurnsHoweverManyOneHas() throws {
    var queue = ReadQueue()
    var names: [ReadQueue.Number: String] = [:]
    for _ in 0..<4 { names[add(&queue, for: 1) ?? 0] = "a" }
    names[add(&queue, for: 2) ?? 0] = "b"
    names[add(&queue, for: 3) ?? 0] = "c"
    #expect(work(&queue, names, slices: 2) == "abacabacaaaa")
  }

  @Test func oneUserFillsItsShareAndAllTogetherTheWhole() throws {
    var queue = ReadQueue()
    for _ in 0..<ReadQueue.limitOfUser { #expect(add(&queue, for: 1) != nil) }
    #expect(add(&queue, for: 1) == nil)
    for user in UInt32(2)..<UInt32(2 + ReadQueue.limit - ReadQueue.limitOfUser) {
      #expect(add(&queue, for: user) != nil)
    }
    #expect(add(&queue, for: 100) == nil)
    // An admin's is taken all the same.
    let admins = add(&queue, for: 1, isPrivileged: true)
    #expect(admins != nil && queue.take()?.number == admins)
    queue.cancel(admins ?? 0)
    // What is under way still counts.
    let taken = queue.take()
    let read = try #require(taken)
    #expect(add(&queue, for: 100) == nil)
    queue.putBack(read, isDone: true)
    #expect(add(&queue, for: 100) != nil)
    #expect(add(&queue, for: 101) == nil)
  }
}
