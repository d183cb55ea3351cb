import BreakerCore
import BreakerStore
import Testing

@testable import BreakerServer

/// What waits for the store.
@Suite struct MailboxTests {
  private func snapshot(_ name: String, _ generation: UInt64) -> Snapshot {
    var memory = FiguresCodingTests.empty
    memory.generation = generation
    return Snapshot(
      name: name, memory: memory, overrides: "", history: .kept([]), time: ClockReading(now: .zero, offset: .zero))
  }

  private func event(_ sequence: Int64, by actor: Actor? = nil) -> Event {
    Event(sequence: sequence, at: 0, name: "api", kind: .wouldTrip(.reset, isShadow: false), actor: actor)
  }

  /// All its parts as one.
  private func batch(_ mailbox: Mailbox, of size: Int = 2) -> Batch {
    var whole = Batch()
    for part in mailbox.batches(of: size) {
      #expect(part.rows.count + part.removed.count <= size && part.events.count <= 2 * size)
      whole.rows += part.rows
      whole.removed += part.removed
      whole.events += part.events
      whole.counters = whole.counters ?? part.counters
    }
    return whole
  }

  @Test func ofANameOnlyTheNewestStateWaitsButEveryEvent() {
    var mailbox = Mailbox()
    mailbox.put(.save(snapshot("api", 1)), event(1), ticket: 1)
    mailbox.put(.save(snapshot("api", 2)), event(2), ticket: 2)
    mailbox.put(.save(snapshot("old", 1)), nil, ticket: 3)
    mailbox.put(.remove("old"), event(3), ticket: 4)
    let batch = batch(mailbox)
    #expect(batch.rows == [RowCoding.row(of: snapshot("api", 2))])
    #expect(batch.removed == ["old"])
    #expect(batch.events.map(\.sequence) == [1, 2, 3])
    #expect(mailbox.ticket == 4)
  }

  @Test func whatCouldNotBeWrittenGoesBeforeWhatIsNewer() {
    var outbox = Outbox()
    outbox.mailbox.put(.save(snapshot("a", 1)), event(1), ticket: 1)
    outbox.mailbox.put(.remove("b"), event(2), ticket: 2)
    outbox.mailbox.put(StoredCounters(generation: 1, sequence: 1), ticket: 3)
    let taken = outbox.take()
    #expect(outbox.isEmpty)
    #expect(outbox.mailbox.ticket == 3)
    outbox.mailbox.put(.remove("a"), event(3), ticket: 4)
    outbox.putBack(taken)
    #expect(outbox.mailbox.ticket == 4)
    #expect(outbox.removals == 2)
    let (older, newer) = (outbox.take(), outbox.take())
    #expect(outbox.isEmpty)
    #expect((older.ticket, newer.ticket) == (3, 4))
    #expect(batch(older).rows == [RowCoding.row(of: snapshot("a", 1))])
    #expect(batch(older).removed == ["b"])
    #expect(batch(older).events.map(\.sequence) == [1, 2])
    #expect(batch(older).counters == StoredCounters(generation: 1, sequence: 1))
    #expect(batch(newer).rows.isEmpty)
    #expect(batch(newer).removed == ["a"])
    #expect(batch(newer).events.map(\.sequence) == [3])
  }

  @Test func theOldestEventsGoWhenTooManyWaitAndNoState() {
    var mailbox = Mailbox()
    let count = Mailbox.eventLimit + 10
    for number in 1...count {
      mailbox.put(
        .save(snapshot("n\(number % 100)", UInt64(number))), event(Int64(number)), ticket: UInt64(number))
    }
    #expect(mailbox.events.count == Mailbox.eventLimit)
    #expect(mailbox.events.first?.sequence == 11)
    #expect(mailbox.events.last?.sequence == Int64(count))
    #expect(mailbox.changes.count == 100)
    #expect(mailbox.droppedEvents == 10)
    _ = mailbox.take()
    #expect(mailbox.isEmpty && mailbox.droppedEvents == 10)
  }

  @Test func whatAdminsDidIsNotDroppedForTrips() {
    let admin = Actor(uid: 0, pid: 1, reason: "maintenance")
    var mailbox = Mailbox()
    mailbox.put(event(1, by: admin), ticket: 1)
    for number in 2...Int64(Mailbox.eventLimit) + 10 { mailbox.put(event(number), ticket: UInt64(number)) }
    mailbox.put(event(1_000_000, by: admin), ticket: 1_000_000)
    #expect(mailbox.droppedEvents == 9)
    #expect(batch(mailbox, of: 256).events.filter { $0.uid != nil }.map(\.sequence) == [1, 1_000_000])
  }

  @Test func theOldestActsGoWhenTooManyWait() {
    let admin = Actor(uid: 0, pid: 1, reason: nil)
    var mailbox = Mailbox()
    for number in 1...Int64(Mailbox.actLimit) + 5 { mailbox.put(event(number, by: admin), ticket: UInt64(number)) }
    #expect(mailbox.droppedEvents == 5)
    #expect(batch(mailbox, of: 256).events.first?.sequence == 6)
  }

  @Test func countsTheNamesThatAreToGo() {
    var mailbox = Mailbox()
    for (number, name) in ["a", "b", "a"].enumerated() {
      mailbox.put(.remove(name), nil, ticket: UInt64(number))
    }
    #expect(mailbox.removals == 2)
    mailbox.put(.save(snapshot("a", 1)), nil, ticket: 3)
    #expect(mailbox.removals == 1)
    let taken = mailbox.take()
    #expect(mailbox.removals == 0 && taken.removals == 1)
  }

  @Test func rowsComeInTheOrderOfTheFile() {
    var mailbox = Mailbox()
    let names = (0..<50).map { "a-prefix-that-all-share-\($0 * 37 % 50)" }
    for (number, name) in names.enumerated() {
      mailbox.put(.save(snapshot(name, 1)), nil, ticket: UInt64(number))
    }
    mailbox.put(.remove(names[7]), event(1), ticket: 50)
    let batch = batch(mailbox, of: 16)
    #expect(batch.rows.map(\.name) == names.filter { $0 != names[7] }.sorted())
    #expect(batch.removed == [names[7]])
  }
}
