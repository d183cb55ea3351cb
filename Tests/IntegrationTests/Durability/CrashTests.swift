import Foundation
import Glibc
import TestSupport
import Testing

/// An acknowledged change survives any death of the daemon.
@Suite(.offThePool) struct CrashTests {
  /// How often the daemon is killed: 20 times, or as often as BREAKERD_KILLS says.
  private static let kills = ProcessInfo.processInfo.environment["BREAKERD_KILLS"].flatMap { Int($0) } ?? 20

  @Test func killedAtRandomMomentsUnderLoad() throws {
    var random = SplitMix64(seed: 42)
    let lives = try Lives(seed: 1)
    for _ in 0..<Self.kills {
      let pause = UInt32.random(in: 1_000..<200_000, using: &random)
      try lives.live { daemon in
        usleep(pause)
        daemon.kill()
      }
    }
    try lives.finish()
    #expect(lives.acknowledged > 10 * Self.kills, "\(lives.acknowledged) acknowledged, \(lives.unsaved) unsaved")
  }

  @Test(arguments: ["before_commit", "mid_commit", "after_commit"])
  func killedAroundACommit(_ failpoint: String) throws {
    let lives = try Lives(seed: 2)
    for visit in [2, 3, 5, 20, 100] {
      try lives.live(failpoint: "\(failpoint)#\(visit)") { daemon in
        #expect(daemon.child.wait(within: .seconds(20)) == .signal(SIGKILL))
      }
    }
    try lives.finish()
  }

  /// A commit is whole or not at all: of names tripped by one write either all rows and events are there, or none.
  @Test func aGroupCommitIsWholeOrNotAtAll() throws {
    let scratch = try ScratchDirectory()
    let options = ["--default", "trip.consecutive_failures=1", "--default", "open.duration=60s"]
    let daemon = try DaemonProcess(options, in: scratch, failpoint: "mid_commit#500")
    try daemon.client().send((0..<1_000).map { "report n\($0) fail quiet\n" }.joined())
    #expect(daemon.child.wait(within: .seconds(20)) == .signal(SIGKILL))
    let next = try DaemonProcess(options, in: scratch)
    let breakers = try next.admin().list("list limit=1000").rows.compactMap { fields($0)["name"] }
    let events = try Lives.events(next.admin()).compactMap { $0["name"] }
    #expect(Set(breakers) == Set(events))
    #expect(events.count < 1_000)
  }
}
