import Glibc

/// A pipe that holds a byte for each call that may be under way, shared by processes; see `Load` in Tests/CallWorker.
struct SlotPipe {
  let descriptor: Descriptor
  private let scratch: ScratchDirectory

  init(_ count: Int) throws {
    scratch = try ScratchDirectory()
    guard mkfifo(scratch.file("slots"), 0o600) == 0 else { throw SystemError("mkfifo") }
    descriptor = try .open(scratch.file("slots"), O_RDWR | O_NONBLOCK)
    try descriptor.write(String(repeating: "s", count: count))
  }

  /// How many bytes are in it; they are gone then.
  func drain() -> Int {
    var room = [UInt8](repeating: 0, count: 4_096)
    return max(read(descriptor.number, &room, room.count), 0)
  }
}
