import BreakerBoard
import Foundation
import Testing

@testable import BreakerServer

@Suite struct EngineBoardTests {
  @Test func nothingThatWasUnderWayGoesOnBehindTheEnd() async throws {
    let directory = URL(filePath: NSTemporaryDirectory()).appending(path: "engine-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let path = directory.appending(path: "board").path
    try await TestEngine.run(board: path) { engine in
      try await engine.on { engine in
        engine.makeBoard()
        engine.placeBoard()
        engine.expect(breakers: 100_000)
        #expect(engine.board?.isGrowing == true)
        engine.endBoard()
      }
      // Turns that were asked for before have come by then.
      for _ in 0..<100 { try await engine.on { _ in } }
      #expect(try BoardReader(path: path).status == .stopping)
      // Nor does who connects now get another.
      try await engine.on { $0.beat() }
      #expect(try BoardReader(path: path).status == .stopping)
    }
  }
}
