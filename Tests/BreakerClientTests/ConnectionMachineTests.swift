import BreakerCore
import BreakerProtocol
import Testing

@testable import BreakerClient

@Suite struct ConnectionMachineTests {
  @Test func firstCallConnectsAndGoesBehindHello() {
    var bench = MachineBench()
    #expect(bench.allow(1).words == ["connect"])
    #expect(bench.allow(2, "web").words == [])
    #expect(bench.connected().words == ["@a0 ping", "@a1 allow api", "@a2 allow web"])
    #expect(bench.machine.state == .greeting)
    #expect(bench.line("+@a0 ok version=1 board=/run/a%20board").words == ["greeted /run/a board"])
    #expect(bench.machine.state == .up)
    #expect(bench.line("+@a1 allow closed 12").words == ["1: allow closed"])
    #expect(bench.line("+@a2 deny open retry_ms=9").words == ["2: deny open"])
  }

  @Test(arguments: [
    ("+@a1 allow closed 12.7 lease_ms=5", ["1: allow closed"]),
    ("+@a1 allow brandnew 12 later=1", ["1: allow brandnew"]),
    ("+@a1 deny brandnew", ["1: deny brandnew"]),
    ("+@a1 allow unmanaged", ["1: allow unmanaged"]),
    ("-@a1 FULL too many", ["1: error FULL too many", "complain"]),
    ("+@a1 ok", ["1: notBreakerd(\"+@a1 ok\")", "disconnect"]),
    ("*@a1 2", ["1: notBreakerd(\"*@a1 2\")", "disconnect"]),
    ("+@a2 allow closed 12", ["disconnect", "1: notBreakerd(\"+@a2 allow closed 12\")", "complain"]),
    ("+allow closed 12", ["disconnect", "1: notBreakerd(\"+allow closed 12\")", "complain"]),
    (" row", ["disconnect", "1: notBreakerd(\" row\")", "complain"]),
    ("HTTP/1.1 400", ["disconnect", "1: notBreakerd(\"HTTP/1.1 400\")", "complain"]),
    (
      "!SHUTTING_DOWN bye",
      ["disconnect", "1: closedByDaemon(code: \"SHUTTING_DOWN\", text: \"bye\")", "complain"]
    ),
    ("~ FULL x", ["complain"]),
    ("> transition name=api", []),
  ])
  func answersToACall(line: String, effects: [String]) {
    var bench = MachineBench.up()
    #expect(bench.allow(1).words == ["@a1 allow api"])
    #expect(bench.line(line).words == effects)
  }

  @Test func errorToHelloIsNoDaemon() {
    var bench = MachineBench()
    _ = bench.allow(1)
    _ = bench.connected()
    #expect(
      bench.line("-@a0 BAD_VERSION max=1").words
        == ["disconnect", "1: refused(code: \"BAD_VERSION\", text: \"max=1\")", "complain"])
  }

  @Test func callTimesOutAtItsDeadlineAndOthersAreAnsweredAtOnce() {
    var bench = MachineBench.up()
    _ = bench.allow(1)
    #expect(bench.machine.wakeAt == bench.now + .milliseconds(50))
    bench.after(49)
    #expect(bench.tick().words == [])
    bench.after(1)
    #expect(bench.tick().words == ["1: timedOut", "complain"])
    #expect(bench.allow(2).words == ["2: stalled"])
    #expect(bench.machine.statistics.timeouts == 1)
    #expect(bench.machine.statistics.stalls == 1)
  }

  @Test func anyReplyEndsTheStallAndALatePermitIsGivenBack() {
    var bench = MachineBench.up()
    _ = bench.allow(1)
    bench.after(50)
    _ = bench.tick()
    bench.after(300)
    #expect(bench.line("+@a1 allow half-open 12.7 lease_ms=30000").words == ["@a2 report api ignore 12.7 quiet"])
    #expect(bench.machine.state == .up)
    #expect(bench.machine.statistics.permitsReturned == 1)
    #expect(bench.allow(2).words == ["@a3 allow api"])
    #expect(bench.line("+@a3 allow closed 12").words == ["2: allow closed"])
  }

  @Test func lateReplyWithoutPermitIsDropped() {
    var bench = MachineBench.up()
    _ = bench.allow(1)
    bench.after(50)
    _ = bench.tick()
    #expect(bench.line("+@a1 allow closed 12").words == [])
    #expect(bench.machine.statistics.lateReplies == 1)
  }

  @Test func stalledForASecondReconnectsAndOnlyTheFirstCallWaits() {
    var bench = MachineBench.up()
    _ = bench.allow(1)
    bench.after(50)
    _ = bench.tick()
    #expect(bench.machine.wakeAt == bench.now + .seconds(1))
    bench.after(1_000)
    #expect(bench.tick().words == ["disconnect"])
    #expect(bench.allow(2).words == ["2: stalled"])
    bench.after(5)
    #expect(bench.allow(3).words == ["connect"])
    #expect(bench.allow(4).words == ["4: stalled"])
    #expect(bench.connected().words == ["@a2 ping", "@a3 allow api"])
    #expect(bench.allow(5).words == ["5: stalled"])
    #expect(bench.line("+@a2 ok").words == ["greeted -"])
    #expect(bench.allow(6).words == ["@a4 allow api"])
  }

  @Test func stallWaitsForALongerDeadline() {
    var bench = MachineBench.up()
    _ = bench.request(1, .reset, within: 6_000)
    _ = bench.allow(2)
    bench.after(50)
    #expect(bench.tick().words == ["2: timedOut", "complain"])
    bench.after(1_000)
    #expect(bench.tick().words == [])
    bench.after(4_000)
    #expect(bench.line("+@a1 ok 1 unsaved").words == ["1: ok 1 unsaved"])
    #expect(bench.machine.state == .up)
  }

  @Test func backoffDoublesUpToASecondAndACallAfterItTries() {
    var bench = MachineBench()
    for expected: Int64 in [5, 10, 20, 40, 80, 160, 320, 500, 500] {
      #expect(bench.allow(1).words == ["connect"])
      #expect(
        bench.machine.connectFailed(.notRunning, at: bench.now).words.prefix(2) == ["disconnect", "1: notRunning"])
      #expect(bench.machine.state == .backingOff(until: bench.now + .milliseconds(expected), .notRunning))
      #expect(bench.allow(2).words.first == "2: notRunning")
      bench.after(expected)
    }
  }

  @Test func jitterIsUpToHalf() {
    var bench = MachineBench { $0.chance = { 0.999 } }
    _ = bench.allow(1)
    _ = bench.machine.connectFailed(.notRunning, at: bench.now)
    #expect(bench.machine.state == .backingOff(until: Instant(microseconds: 9_995), .notRunning))
  }

  @Test func lossAnswersAllInOrder() {
    var bench = MachineBench.up()
    _ = bench.allow(1)
    _ = bench.request(2, .list, within: 50)
    #expect(
      bench.machine.disconnected(at: bench.now).words
        == ["disconnect", "1: connectionLost", "2: connectionLost", "complain"])
    #expect(bench.machine.disconnected(at: bench.now).words == [])
  }

  @Test func listsAreGathered() {
    var bench = MachineBench.up()
    _ = bench.request(1, .list, within: 50)
    #expect(bench.line("*@a1 2 cursor=9").words == [])
    #expect(bench.line(" name=a").words == [])
    #expect(bench.line(" name=b").words == ["1: [\"name=a\", \"name=b\"] 9"])
    _ = bench.request(2, .list, within: 50)
    #expect(bench.line("*@a2 0").words == ["2: [] -"])
  }

  @Test func listThatIsLateIsReadAndForgotten() {
    var bench = MachineBench.up()
    _ = bench.request(1, .list, within: 50)
    _ = bench.line("*@a1 2")
    bench.after(50)
    #expect(bench.tick().words == ["1: timedOut", "complain"])
    _ = bench.line(" name=a")
    #expect(bench.line(" name=b").words == [])
    #expect(bench.allow(2).words == ["@a2 allow api"])
    #expect(bench.line("+@a2 allow closed 1").words == ["2: allow closed"])
  }

  @Test func reportsAreHeldWithTheirAgeUntilThereIsAConnection() {
    var bench = MachineBench { $0.maximumReports = 2 }
    _ = bench.allow(1)
    _ = bench.machine.connectFailed(.notRunning, at: bench.now)
    for permit: UInt32 in [1, 2, 3] { _ = bench.report(.fail, Token(generation: 5, permit: permit)) }
    #expect(bench.machine.statistics.reportsDropped == 1)
    bench.after(20)
    #expect(bench.allow(2).words == ["connect"])
    #expect(
      bench.connected().words == [
        "@a0 ping", "@a1 report api fail 5.2 age=20 quiet", "@a2 report api fail 5.3 age=20 quiet", "@a3 allow api",
      ])
  }

  @Test func reportsWaitWhileTheSocketTakesNoMore() {
    var bench = MachineBench.up()
    _ = bench.machine.writabilityChanged(false, at: bench.now)
    #expect(bench.report(.ok, nil).words == [])
    #expect(bench.machine.statistics.reportsWaiting == 1)
    #expect(bench.machine.writabilityChanged(true, at: bench.now).words == ["@a1 report api ok quiet"])
  }

  @Test func requestsAreBounded() {
    var bench = MachineBench.up { $0.maximumRequests = 1 }
    _ = bench.allow(1)
    #expect(bench.allow(2).words == ["2: overloaded", "complain"])
  }

  @Test func complainsOnceAMinuteAndApartOfPermission() {
    var bench = MachineBench()
    _ = bench.allow(1)
    #expect(bench.machine.connectFailed(.notRunning, at: bench.now).words.last == "complain")
    #expect(bench.allow(2).words == ["2: notRunning"])
    bench.after(30_000)
    _ = bench.allow(3)
    #expect(bench.machine.connectFailed(.notPermitted, at: bench.now).words.last == "complain")
    bench.after(30_000)
    _ = bench.allow(4)
    #expect(bench.machine.connectFailed(.notRunning, at: bench.now).words.last == "complain")
  }

  @Test func shutDownAnswersAllAndIsTheEnd() {
    var bench = MachineBench.up()
    _ = bench.allow(1)
    #expect(bench.machine.shutDown(at: bench.now).words == ["1: shutDown", "disconnect"])
    #expect(bench.allow(2).words == ["2: shutDown"])
    #expect(bench.report(.ok, nil).words == [])
    #expect(bench.machine.shutDown(at: bench.now).words == [])
  }

  @Test func shutDownDropsAndCountsTheReportsThatAreHeld() {
    var bench = MachineBench()
    _ = bench.allow(1)
    _ = bench.machine.connectFailed(.notRunning, at: bench.now)
    #expect(bench.report(.ok, nil).words == [])
    #expect(bench.machine.shutDown(at: bench.now).words == ["disconnect"])
    #expect(bench.machine.statistics.reportsDropped == 1)
  }

  @Test func tagsWrapAround() {
    var bench = MachineBench { $0.firstTag = .max }
    _ = bench.allow(1)
    #expect(bench.connected().words == ["@ffffffff ping", "@0 allow api"])
  }
}
