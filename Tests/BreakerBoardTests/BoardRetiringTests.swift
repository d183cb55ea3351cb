import Foundation
import Testing

@testable import BreakerBoard

@Suite struct BoardRetiringTests {
  @Test func theBoardOfAnEarlierRunIsMarkedBeforeTheNextIsThere() throws {
    let scratch = try Scratch()
    let earlier = try scratch.writer()
    earlier.publish(.closed(1), for: "api")
    let reader = try BoardReader(path: scratch.board)
    let next = try BoardWriter(path: scratch.board, identity: BoardIdentity(epoch: 2, seed: 3, base: 4))
    #expect(reader.status == .replaced)
    #expect(reader.find("api")?.decide(at: Scratch.base) == .gone(.replaced))
    #expect(try BoardReader(path: scratch.board).epoch == 99)
    try next.place(at: 5)
    #expect(try BoardReader(path: scratch.board).epoch == 2)
    #expect(reader.status == .replaced)
  }

  @Test func whatARunLeftHalfMadeIsRemoved() throws {
    let scratch = try Scratch()
    for name in ["board.new0", "board.new1"] { try Data("rest".utf8).write(to: URL(filePath: scratch[name])) }
    let writer = try scratch.writer()
    #expect(try scratch.names == ["board"])
    _ = writer
  }

  @Test func whereNothingIsNothingIsMarked() throws {
    #expect(try !BoardWriter.retire(Scratch().board))
    let scratch = try Scratch()
    let writer = try scratch.writer()
    writer.stop()
    #expect(try BoardWriter.retire(scratch.board))
    #expect(try BoardWriter.retire(scratch.board))
  }

  @Test(arguments: ["empty", "short", "text", "cut", "long", "version", "directory", "pipe", "link", "dangling"])
  func whatIsNoBoardIsLeftAsItIs(_ what: String) throws {
    let scratch = try Scratch()
    let kind = try Self.make(what, scratch)
    // A pipe would be waited for.
    let before = what == "pipe" ? nil : try? scratch.read()
    let identity = BoardIdentity(epoch: 1, seed: 2, base: 3)
    #expect(throws: BoardError.self) { try BoardReader(path: scratch.board) }
    let error = #expect(throws: BoardError.self) { try BoardWriter(path: scratch.board, identity: identity) }
    #expect(error?.kind == kind)
    if what != "pipe" {
      let after = try? scratch.read()
      #expect(after == before)
    }
    if what == "link" { #expect(try BoardReader(path: scratch["target"]).status == .alive) }
  }

  private static func make(_ what: String, _ scratch: Scratch) throws -> BoardError.Kind {
    switch what {
    case "empty": try scratch.write([])
    case "short": try scratch.write(Array("BRKBOAR".utf8))
    case "text": try scratch.write(Array(repeating: UInt8(ascii: "x"), count: 10_000))
    case "directory":
      try FileManager.default.createDirectory(atPath: scratch.board, withIntermediateDirectories: false)
      return .notAFile
    case "pipe":
      mkfifo(scratch.board, 0o600)
      return .notAFile
    case "dangling":
      symlink(scratch["nowhere"], scratch.board)
      return .notAFile
    case "link":
      do { _ = try scratch.writer() }
      rename(scratch.board, scratch["target"])
      symlink(scratch["target"], scratch.board)
      return .notAFile
    default:
      do { _ = try scratch.writer() }
      var bytes = try scratch.read()
      switch what {
      case "cut": bytes.removeLast()
      case "long": bytes.append(0)
      default: bytes[8] = 2
      }
      try scratch.write(bytes)
      return what == "version" ? .otherVersion(2) : .damaged
    }
    return .notABoard
  }
}
