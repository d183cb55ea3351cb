import BreakerStore
import Testing

@testable import BreakerServer

/// What waits for the store.
@Suite struct MailboxTests {
  private func row(_ name: String, _ generation: Int64) -> BreakerRow {
    BreakerRow(name: name, state: 1, generation: generation, sinceWall: 0)
  }

  private func event(_ sequence: Int64) -> EventRow {
    EventRow(sequence: sequence, at: 0, name: "api", kind: "transition", details: "")
  }

  @Test func ofANameOnlyTheNewestStateWaitsButEveryEvent() {
    var mailbox = Mailbox()
    mailbox.put("api", .save(row("api", 1)), event(1), ticket: 1)
    mailbox.put("api", .save(row("api", 2)), event(2), ticket: 2)
    mailbox.put("old", .save(row("old", 1)), nil, ticket: 3)
    mailbox.put("old", .remove, event(3), ticket: 4)
    let batch = mailbox.batch
    #expect(batch.rows == [row("api", 2)])
    #expect(batch.removed == ["old"])
    #expect(batch.events.map(\.sequence) == [1, 2, 3])
    #expect(mailbox.ticket == 4)
  }

  @Test func whatCouldNotBeWrittenComesBackBeforeWhatIsNewer() {
    var mailbox = Mailbox()
    mailbox.put("a", .save(row("a", 1)), event(1), ticket: 1)
    mailbox.put("b", .save(row("b", 1)), event(2), ticket: 2)
    mailbox.put(StoredCounters(generation: 1, sequence: 1), ticket: 3)
    let taken = mailbox.take()
    #expect(mailbox.isEmpty)
    #expect(mailbox.ticket == 3)
    mailbox.put("a", .remove, event(3), ticket: 4)
    mailbox.putBack(taken)
    #expect(mailbox.ticket == 4)
    #expect(mailbox.batch.removed == ["a"])
    #expect(mailbox.batch.rows == [row("b", 1)])
    #expect(mailbox.batch.events.map(\.sequence) == [1, 2, 3])
    #expect(mailbox.batch.counters == StoredCounters(generation: 1, sequence: 1))
  }

  @Test func theOldestEventsGoWhenTooManyWaitAndNoState() {
    var mailbox = Mailbox()
    let count = Mailbox.eventLimit + 10
    for number in 1...count {
      mailbox.put(
        "n\(number % 100)", .save(row("n\(number % 100)", Int64(number))), event(Int64(number)), ticket: UInt64(number))
    }
    #expect(mailbox.events.count == Mailbox.eventLimit)
    #expect(mailbox.events.first?.sequence == 11)
    #expect(mailbox.events.last?.sequence == Int64(count))
    #expect(mailbox.changes.count == 100)
    #expect(mailbox.droppedEvents == 10)
    let taken = mailbox.take()
    for number in 1...5 { mailbox.put(event(Int64(count + number)), ticket: UInt64(count + number)) }
    mailbox.putBack(taken)
    #expect(mailbox.events.count == Mailbox.eventLimit)
    #expect(mailbox.events.last?.sequence == Int64(count + 5))
    #expect(mailbox.droppedEvents == 15)
  }

  @Test func countsTheNamesThatAreToGo() {
    var mailbox = Mailbox()
    for (number, name) in ["a", "b", "a"].enumerated() {
      mailbox.put(name, .remove, nil, ticket: UInt64(number))
    }
    #expect(mailbox.removals == 2)
    mailbox.put("a", .save(row("a", 1)), nil, ticket: 3)
    #expect(mailbox.removals == 1)
    let taken = mailbox.take()
    #expect(mailbox.removals == 0 && taken.removals == 1)
    mailbox.put("a", .remove, nil, ticket: 4)
    mailbox.put("b", .save(row("b", 1)), nil, ticket: 5)
    mailbox.putBack(taken)
    #expect(mailbox.removals == 1)
  }
}
