import Foundation
import Testing

/// `breakerd check --state`.
@Suite struct CheckStateTests {
  private func check(_ path: String) throws -> Command {
    try Command([DaemonProcess.program, "check", "--state", path])
  }

  @Test func `it tells a whole database from a damaged one, and leaves both alone`() throws {
    let daemon = try DaemonProcess()
    for number in 0..<300 { #expect(try daemon.admin().ask("force b\(number) open") == "+ok 1") }
    let path = daemon.scratch.file("state.sqlite")
    let busy = try check(path)
    #expect(busy.ending == .exit(69) && busy.error.contains("a daemon has it open"), "\(busy)")
    let backup = try #require(try daemon.admin().ask("backup").split(separator: "=").last.map(String.init))
    #expect(try check(backup).output == "\(backup): ok, 300 breakers\n")
    #expect(daemon.stop() == .exit(0))
    #expect(try check(path).output == "\(path): ok, 300 breakers\n")

    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    // The kind of a page near the end.
    bytes[bytes.count - 2 * 4_096] ^= 0xFF
    try bytes.write(to: URL(fileURLWithPath: path))
    let damaged = try check(path)
    #expect(damaged.ending == .exit(65) && damaged.output.contains("would set it aside, and carry over "), "\(damaged)")
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)

    // And so it does.
    let next = try DaemonProcess(in: daemon.scratch)
    // On a busy machine it can serve before its store is open.
    #expect(eventually { next.errors.contains("store damaged") && next.errors.contains("breakers_kept=") })
    let kept = try next.client().table("stats")["breakers"].flatMap { Int($0) } ?? 0
    #expect(kept > 200 && damaged.output.contains("carry over \(kept) breakers"), "\(kept): \(damaged.output)")
    #expect(try next.client().ask("state b0") == "+ok forced-open")
  }

  @Test func `what is no database, or cannot be read, is told apart`() throws {
    let scratch = try ScratchDirectory()
    let rubbish = try scratch.write("rubbish", String(repeating: "rubbish ", count: 1_000))
    #expect(try check(rubbish).ending == .exit(65))
    let missing = try check(scratch.file("missing"))
    #expect(missing.ending == .exit(73) && missing.error.contains("missing"), "\(missing)")
    #expect(try check(scratch.path).ending == .exit(73))
    let both = try Command([DaemonProcess.program, "check", "file", "--state", rubbish])
    #expect(both.ending == .exit(64))
  }
}
