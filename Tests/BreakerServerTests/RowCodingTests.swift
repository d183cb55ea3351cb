import BreakerConfiguration
import BreakerStore
import Testing

@testable import BreakerCore
@testable import BreakerServer

/// Breakers as rows: times of the wall clock, which can be set to anything meanwhile.
@Suite struct RowCodingTests {
  private static let now = Instant(microseconds: 1_000_000_000)
  private static let wallOfNow: Int64 = 1_700_000_000_000_000
  private static let offset = Timespan(microseconds: wallOfNow - now.microseconds)

  private func row(until: Int64?, length: Int64?, state: State = .open) -> BreakerRow {
    BreakerRow(
      name: "api", state: Int64(state.rawValue), generation: 5, sinceWall: Self.wallOfNow - 1, untilWall: until,
      length: length, figures: FiguresCoding.encode(FiguresCodingTests.empty))
  }

  private static let time = ClockReading(now: now, offset: offset)

  private func until(_ row: BreakerRow) throws -> Instant {
    try #require(RowCoding.snapshot(of: row, at: Self.time)).memory.until
  }

  @Test func aDeadlineIsKept() throws {
    #expect(try until(row(until: Self.wallOfNow + 3_000_000, length: 5_000_000)) == Self.now + .seconds(3))
    #expect(try until(row(until: nil, length: nil)) == .never)
  }

  @Test(arguments: [0, -1, -3_600_000_000, -31_536_000_000_000, .min])
  func aDeadlineThatHasPassedIsNow(_ distance: Int64) throws {
    #expect(try until(row(until: Self.wallOfNow &+ distance, length: 5_000_000)) == Self.now || distance == .min)
    #expect(try until(row(until: .min, length: 5_000_000)) == Self.now)
  }

  @Test(arguments: [6_000_000, 3_600_000_000, 31_536_000_000_000, .max / 2])
  func aDeadlineIsNeverFurtherAwayThanItsLength(_ distance: Int64) throws {
    #expect(try until(row(until: Self.wallOfNow + distance, length: 5_000_000)) == Self.now + .seconds(5))
    #expect(try until(row(until: .max, length: 5_000_000)) <= Self.now + .seconds(5))
    #expect(try until(row(until: Self.wallOfNow + distance, length: nil)) == Self.now)
    #expect(try until(row(until: Self.wallOfNow + distance, length: -7)) == Self.now)
  }

  @Test func whatMakesNoSenseIsNoMemory() {
    var wrong = row(until: nil, length: nil)
    for state in [-1, 99, 256, .max, .min] as [Int64] {
      wrong.state = state
      #expect(RowCoding.snapshot(of: wrong, at: Self.time) == nil)
    }
    wrong = row(until: nil, length: nil)
    wrong.figures = [2, 2, 3]
    #expect(RowCoding.snapshot(of: wrong, at: Self.time) == nil)
  }

  @Test(arguments: ["", "-a", "a b", "naïve", String(repeating: "n", count: 101)])
  func aNameThatIsNoneMakesNoSense(_ name: String) {
    var wrong = row(until: nil, length: nil)
    #expect(RowCoding.snapshot(of: wrong, at: Self.time) != nil)
    wrong.name = name
    #expect(RowCoding.snapshot(of: wrong, at: Self.time) == nil)
  }

  @Test func hostileNumbersAreClamped() throws {
    var hostile = row(until: .max, length: .max)
    hostile.openings = .max
    hostile.generation = -1
    hostile.sinceWall = .min
    let memory = try #require(RowCoding.snapshot(of: hostile, at: Self.time)).memory
    var breaker = Breaker(
      following: try TestPolicies.policy(), remembering: memory,
      at: Moment(now: Self.now, nextGeneration: 9, chance: 0.5))
    hostile.openings = .min
    #expect(RowCoding.snapshot(of: hostile, at: Self.time)?.memory.openings == 0)
    // It can go on from there.
    let then = Moment(now: Self.now + .seconds(1 << 40), nextGeneration: 10, chance: 0.5)
    while breaker.advance(to: then) != nil {}
    _ = breaker.reset(at: then)
    #expect(breaker.openingsInARow(at: then.now) == 0)
  }

  @Test func anEntryComesBack() throws {
    let moment = Moment(now: Self.now, nextGeneration: 77, chance: 0.5)
    let policy = try TestPolicies.policy([("trip.consecutive_failures", "1"), ("open.duration", "10s")])
    let entry = Entry("api", following: policy, at: moment)
    entry.overrides = try TestPolicies.settings([("open.duration", "10s"), ("half_open.probes", "3")])
    let report = Report(.fail, token: nil, duration: nil, count: 1, age: .zero, caller: Caller(connection: 1))
    guard case .moved(let transition) = entry.breaker.report(report, at: moment) else {
      Issue.record("it does not trip")
      return
    }
    entry.moved(transition, at: 5, by: nil)
    let row = RowCoding.row(of: entry.snapshot(at: Self.time))
    #expect(row.untilWall == Self.wallOfNow + (transition.until - Self.now).microseconds)
    let snapshot = try #require(RowCoding.snapshot(of: row, at: Self.time))
    #expect(snapshot.memory == entry.breaker.memory)
    #expect(RowCoding.overrides(of: snapshot).settings == entry.overrides)
    let other = Entry("api", slot: 1, following: policy, at: moment)
    other.restore(snapshot.history)
    #expect(other.explanation == entry.explanation)
  }

  @Test func overridesThatAreNotKnownAreLeftOutAndTold() throws {
    var odd = row(until: nil, length: nil)
    odd.overrides = "half_open.probes=3\nno.such.key=1\nhalf_open.lease=never\nnonsense\n=\nopen.duration=10s"
    let (settings, unknown) = RowCoding.overrides(of: try #require(RowCoding.snapshot(of: odd, at: Self.time)))
    #expect(settings.map { "\($0.key)" }.sorted() == ["half_open.probes", "open.duration"])
    #expect(unknown == ["no.such.key=1", "half_open.lease=never", "nonsense", "="])
  }
}
