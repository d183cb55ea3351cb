import Foundation
import Synchronization
import TestSupport
import Testing

@testable import BreakerBoard

@Suite struct BoardGrowthTests {
  @Test func roomIsNeededWhenThreeQuartersAreUsed() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    // Names that find no slot are not kept here.
    func use(_ slots: Int) {
      for number in 0..<900 where writer.usedSlots < slots && !writer.publish(.closed(1), for: "name-\(number)") {
        writer.forget("name-\(number)")
      }
    }
    use(767)
    #expect(!writer.needsRoom)
    #expect(try !writer.grow(100))
    use(768)
    #expect(writer.needsRoom)
  }

  @Test func roomIsNeededTooWhenANameFindsNoSlot() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer(names: 4_096)
    var count = 0
    while writer.overflow == 0, count < 8_192 {
      #expect(!writer.needsRoom)
      writer.publish(.closed(1), for: "name-\(count)")
      count += 1
    }
    #expect(4_097..<6_144 ~= count && writer.needsRoom)
    while writer.needsRoom { _ = try writer.grow(500) }
    // The caller publishes what was left out.
    #expect(writer.publish(.closed(1), for: "name-\(count - 1)"))
    let reader = try BoardReader(path: scratch.board)
    #expect((0..<count).allSatisfy { reader.find("name-\($0)") != nil })
  }

  @Test(arguments: [
    (0, 1_024), (512, 1_024), (513, 2_048), (768, 2_048), (1_024, 2_048), (1_025, 4_096), (1_000_000, 1 << 21),
  ])
  func aFileHasRoomForTwiceTheNames(_ names: Int, _ slots: Int) {
    #expect(BoardWriter.slots(for: names) == slots)
  }

  @Test func aLargerFileTakesTheLiveNamesAndThePlace() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let old = try BoardReader(path: scratch.board)
    for number in 0..<800 { writer.publish(.closed(UInt64(number)), slowCall: 9, for: "name-\(number)") }
    for number in 0..<100 { writer.forget("name-\(number)") }
    writer.beat(at: 4_711)
    let changes = writer.changes
    #expect(try steps(writer, 64) > 16)

    #expect((writer.slots, writer.replacements, writer.needsRoom) == (2_048, 1, false))
    #expect(try scratch.names == ["board"])
    let new = try BoardReader(path: scratch.board)
    #expect((new.slots, new.heartbeat, new.epoch, new.status) == (2_048, 4_711, 99, .alive))
    #expect(new.changes > changes)
    for number in 0..<100 { #expect(new.find("name-\(number)") == nil) }
    for number in 100..<800 where old.find("name-\(number)") != nil {
      let slot = try #require(new.find("name-\(number)"))
      #expect(slot.word == .closed(UInt64(number)))
      #expect(slot.slowCall == 9)
    }
    #expect(writer.names == writer.usedSlots)
    // The old one is as it was, and says that it is no longer the one.
    #expect(old.status == .replaced)
    #expect(old.find("name-700")?.word == .closed(700))
  }

  @Test func namesThatComeAndGoNeedNoLargerFile() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    for number in 0..<5_000 {
      writer.publish(.closed(1), for: "name-\(number)")
      writer.forget("name-\(number)")
      while writer.needsRoom { _ = try writer.grow(500) }
    }
    #expect(writer.slots == 1_024)
    #expect(writer.replacements >= 6)
  }

  /// Whatever is published or forgotten between the slices is in both files, so the new one says what the old one said.
  @Test(arguments: 0..<20 as Range<UInt64>)
  func whatChangesMeanwhileIsInBoth(_ seed: UInt64) throws {
    let scratch = try Scratch()
    let writer = try scratch.writer(seed: seed)
    var random = SplitMix64(seed: seed)
    var said: [String: BoardWord] = [:]
    func change() {
      let name = "name-\(Int.random(in: 0..<2_000, using: &random))"
      if random.once(in: 4) {
        writer.forget(name)
        said[name] = nil
      } else {
        let word = BoardWord(.open, generation: random.next(), retryTicks: 5)
        said[name] = writer.publish(word, for: name) ? word : nil
      }
    }
    while !writer.needsRoom { change() }
    let old = try BoardReader(path: scratch.board)
    while try writer.grow(Int.random(in: 1...200, using: &random)) {
      for _ in 0..<Int.random(in: 0...20, using: &random) { change() }
      for name in said.keys.prefix(5) { #expect(old.find(name)?.word == said[name]) }
    }
    let new = try BoardReader(path: scratch.board)
    for (name, word) in said { #expect(new.find(name)?.word == word) }
    #expect(writer.names >= said.count)
    #expect(old.status == .replaced)
  }

  @Test func theOldFileIsMarkedBeforeThePlaceIsTaken() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let old = try BoardReader(path: scratch.board)
    for number in 0..<900 where !writer.needsRoom { writer.publish(.closed(1), for: "name-\(number)") }
    // The renaming fails: at that moment the mark has been set, and has to be taken back.
    while !Self.isCopying(writer) { _ = try writer.grow(5_000) }
    try FileManager.default.removeItem(atPath: scratch["board.new1"])
    let error = #expect(throws: BoardError.self) { while try writer.grow(5_000) {} }
    #expect(error?.kind == .system(ENOENT))
    #expect(old.status == .alive)
    #expect(writer.replacements == 0)
    // It goes on with the old one, and another attempt succeeds.
    writer.publish(.closed(2), for: "name-1")
    #expect(old.find("name-1")?.word == .closed(2))
    while try writer.grow(5_000) {}
    #expect(old.status == .replaced)
    #expect(try BoardReader(path: scratch.board).find("name-1")?.word == .closed(2))
  }

  /// Somebody who looks at the path all the time never finds another file there while the old one is not marked.
  @Test func theMarkComesBeforeThePlaceEachTime() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    let watcher = PathWatcher(path: scratch.board)
    let thread = Thread { watcher.run() }
    thread.start()
    for round in 0..<300 {
      for number in 0... {
        writer.publish(.closed(1), for: "name-\(round)-\(number)")
        writer.forget("name-\(round)-\(number)")
        if writer.needsRoom { break }
      }
      while try writer.grow(2_000) {}
    }
    watcher.isOver.store(true, ordering: .relaxed)
    while !thread.isFinished { usleep(1_000) }
    #expect(watcher.files.load(ordering: .relaxed) > 1)
    #expect(watcher.unmarked.load(ordering: .relaxed) == 0)
  }

  @Test func aFileThatIsNotYetPlacedGrowsToo() throws {
    let scratch = try Scratch()
    let identity = BoardIdentity(epoch: 1, seed: 2, base: 3)
    let writer = try BoardWriter(path: scratch.board, identity: identity)
    for number in 0..<10_000 {
      writer.publish(.closed(UInt64(number)), for: "name-\(number)")
      while writer.needsRoom { _ = try writer.grow(1_000) }
    }
    #expect(try scratch.names.allSatisfy { $0.hasPrefix("board.new") })
    try writer.place(at: 1)
    #expect(try scratch.names == ["board"])
    let reader = try BoardReader(path: scratch.board)
    #expect((writer.slots, writer.replacements) == (32_768, 5), "a name has found no slot among 16,384")
    #expect((0..<10_000).count { reader.find("name-\($0)")?.word == .closed(UInt64($0)) } > 9_900)
  }

  @Test func anEndInTheMiddleLeavesNothing() throws {
    let scratch = try Scratch()
    let writer = try scratch.writer()
    for number in 0..<900 where !writer.needsRoom { writer.publish(.closed(1), for: "name-\(number)") }
    for _ in 0..<3 { #expect(try writer.grow(100)) }
    #expect(try scratch.names == ["board", "board.new1"])
    writer.stop()
    #expect(try scratch.names == ["board"])
  }

  private static func isCopying(_ writer: BoardWriter) -> Bool {
    if case .copying = writer.growth { true } else { false }
  }

  /// - Returns: How many slices it took.
  private func steps(_ writer: BoardWriter, _ slots: Int) throws -> Int {
    var count = 1
    while try writer.grow(slots) { count += 1 }
    return count
  }
}
