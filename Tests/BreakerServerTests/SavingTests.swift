import BreakerCore
import BreakerProtocol
import Testing

@testable import BreakerServer

/// When rows are saved of which only counters have changed.
@Suite struct SavingTests {
  private static let name: StaticString = "y"

  private static func entry(_ engine: Engine) -> Entry? {
    engine.entry(creating: Bytes(start: name.utf8Start, count: name.utf8CodeUnitCount), for: nil)
  }

  /// Also if nothing else happens that would set the clock.
  @Test func isInTimeThoughNothingElseHappens() async throws {
    var limits = EngineLimits()
    limits.saveInterval = .milliseconds(30)
    try await TestEngine.run(limits) { engine in
      try await engine.on { engine in
        engine.tick()
        engine.durability.loaded()
        engine.counted(try #require(Self.entry(engine)))
      }
      var isDirty = true
      for _ in 0..<500 where isDirty {
        try await Task.sleep(for: .milliseconds(10))
        isDirty = try await engine.on { Self.entry($0)?.isDirty ?? true }
      }
      #expect(!isDirty)
    }
  }
}
