import BreakerBoard
import BreakerProtocol
import BreakerStore
import Foundation
import Testing

@testable import BreakerCore
@testable import BreakerServer

/// Rows whose checksum is right, and whose times cannot have come about.
@Suite struct OddRowTests {
  private static func row(_ explanation: Explanation = Explanation()) -> BreakerRow {
    BreakerRow(
      name: "api", state: Int64(State.open.rawValue), generation: 5, sinceWall: .min, untilWall: .max, length: .max,
      explanation: ExplanationCoding.encode(explanation), figures: FiguresCoding.encode(FiguresCodingTests.empty))
  }

  private static func restore(_ row: BreakerRow, in engine: Engine) throws {
    engine.restore(try #require(RowCoding.snapshot(of: row, at: .current)))
  }

  @Test func aDeadlineThatNeverComesGetsOntoTheBoard() async throws {
    let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "engine-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appending(path: "board").path
    try await TestEngine.run(board: path) { engine in
      try await engine.on { engine in
        engine.tick()
        engine.makeBoard()
        try Self.restore(Self.row(), in: engine)
        engine.placeBoard()
        let word = try #require(try BoardReader(path: path).find("api")).word
        #expect(word.state == .open && word.retryTicks == BoardWord.noRetry - 1)
        engine.endBoard()
      }
    }
  }

  @Test(arguments: [Int64.min, .max])
  func aFailureOfAnotherAgeIsTold(_ time: Int64) async throws {
    var explanation = Explanation()
    explanation.note(Explanation.Failure(at: time, pid: 1, uid: 2, client: "", errorClass: "timeout"))
    let row = Self.row(explanation)
    try await TestEngine.run { engine in
      try await engine.on { engine in
        engine.tick()
        try Self.restore(row, in: engine)
        try Array("why api".utf8).withUnsafeBytes { line in
          var request = Request()
          try request.parse(line)
          engine.why(request)
        }
        #expect(String(decoding: engine.replies.bytes, as: UTF8.self).contains(" err=timeout\n"))
      }
    }
  }
}
