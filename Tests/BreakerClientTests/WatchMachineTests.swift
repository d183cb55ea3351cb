import BreakerProtocol
import Testing

@testable import BreakerClient

@Suite struct WatchMachineTests {
  private var machine = WatchMachine(socketPath: "/s")

  private mutating func feed(_ lines: [String]) -> [WatchMachine.Step] {
    lines.map { line in
      var text = line
      return text.withUTF8 { bytes in
        guard let line = ServerLine(Bytes(bytes)) else { return machine.receivedGarbage(Bytes(bytes)) }
        return machine.received(line)
      }
    }
  }

  private func ended(_ reason: BreakerUnavailable.Reason) -> WatchMachine.Step {
    .ended(.unavailable(BreakerUnavailable(reason, socketPath: "/s")))
  }

  @Test mutating func theFirstPageThenEvents() {
    let steps = feed([
      "+ok version=1", "*2 cursor=7", " name=a state=open", " name=b state=closed",
      "> transition name=a from=open to=half-open cause=open_elapsed seq=5 at=2026-11-23T15:04:05.123Z for_ms=12",
      "> forgotten name=b seq=6 at=2026-11-23T15:04:06.123Z", "> lag skipped=3", "> lag skipped=0 list=again",
      "> later=1 thing",
    ])
    #expect(steps[0..<3] == [.nothing, .nothing, .nothing])
    #expect(steps[3] == .begun([Fields("name=a state=open"), Fields("name=b state=closed")], cursor: "7"))
    guard case .event(.transition(let transition)) = steps[4] else {
      Issue.record("\(steps[4])")
      return
    }
    #expect(transition.name == "a" && transition.from == "open" && transition.to == "half-open")
    #expect(transition.cause == "open_elapsed" && transition.sequence == 5)
    #expect(transition.at == "2026-11-23T15:04:05.123Z" && transition.figures == [.init("for_ms", "12")])
    guard case .event(.forgotten(let forgotten)) = steps[5] else {
      Issue.record("\(steps[5])")
      return
    }
    #expect(forgotten.name == "b" && forgotten.sequence == 6 && forgotten.at == "2026-11-23T15:04:06.123Z")
    #expect(
      steps[6...] == [
        .event(.lag(skipped: 3, mustList: false)), .event(.lag(skipped: 0, mustList: true)), .nothing,
      ])
    #expect(machine.state == .watching)
  }

  @Test mutating func nothingYetIsAnEmptyPage() {
    #expect(feed(["+ok", "*0"]) == [.nothing, .begun([], cursor: nil)])
  }

  @Test(arguments: [
    ["-BAD_VERSION max=1"], ["+ok", "-BAD_NAME not a glob"],
  ])
  mutating func refusals(lines: [String]) {
    guard case .ended(.refused) = feed(lines).last else {
      Issue.record("not refused")
      return
    }
    #expect(machine.state == .ended && feed(["> lag skipped=1", "+ok"]) == [.nothing, .nothing])
  }

  @Test(arguments: [
    (["*0"], "0"), (["+ok", "+ok"], "ok"), (["+ok", "*x"], "x"), (["+ok", "*2", "> lag skipped=1"], "lag skipped=1"),
    (["+ok", "*0", " row"], "row"), (["+ok", "> lag skipped=1"], "lag skipped=1"), (["HTTP/1.1 400"], "HTTP/1.1 400"),
  ])
  mutating func whatIsNotExpectedEndsIt(lines: [String], said: String) {
    #expect(feed(lines).last == ended(.notBreakerd(said)))
    #expect(machine.state == .ended)
  }

  @Test(arguments: [[], ["+ok"], ["+ok", "*2"], ["+ok", "*0"]])
  mutating func theDaemonMaySayGoodbyeAtAnyTime(lines: [String]) {
    let goodbye = BreakerUnavailable.Reason.closedByDaemon(code: "SHUTTING_DOWN", text: "bye")
    #expect(feed(lines + ["!SHUTTING_DOWN bye"]).last == ended(goodbye))
    #expect(machine.end(.connectionLost) == .nothing)
  }
}
