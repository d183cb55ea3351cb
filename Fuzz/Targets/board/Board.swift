import Glibc

@testable import BreakerBoard

/// Opens a file made of the bytes as a reader of the board does, looks up every name in it and some others, and decides by
/// what is found; then the daemon of the next run marks it as replaced. All that is read of the mapping is read of a copy
/// too, beyond whose end the address sanitizer sees.
@_cdecl("LLVMFuzzerTestOneInput")
public func readBoard(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let file = BoardBytes(UnsafeRawBufferPointer(start: start, count: count)) else { return 0 }
  file.write(to: Place.descriptor)
  let reader: BoardReader
  do throws(BoardError) {
    reader = try BoardReader(path: Place.path)
  } catch {
    precondition(!file.isMended && !error.message.isEmpty, "\(error)")
    return 0
  }
  let size = BoardLayout.fileSize(slots: reader.slots)
  precondition(size == file.bytes.count)
  let copy = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
  defer { copy.deallocate() }
  copy.copyMemory(from: reader.memory.start, byteCount: size)
  let look = Look(reader: reader, copy: BoardMemory(copy), seed: file.number(BoardLayout.Header.seed))
  file.eachName(look.up)
  for name in Place.names { name.withUnsafeBytes(look.up) }
  _ = reader.status
  _ = reader.changes &+ reader.overflow &+ reader.heartbeat
  if file.isRetired {
    precondition((try? BoardWriter.retire(Place.path)) == true && reader.status == .replaced)
  }
  if file.isDiscarded {
    reader.discard()
    precondition(reader.status == nil && reader.unowned.decide(0, at: 0) == .ask)
  }
  return 0
}

/// A look at a board and its copy.
private struct Look {
  let reader: BoardReader
  let copy: BoardMemory
  let seed: UInt64

  func up(_ name: UnsafeRawBufferPointer) {
    let hash = BoardHash.hash(name, from: BoardHash.start(seed: seed))
    let slot = reader.find(name)
    guard case .taken(let offset) = copy.search(name, hash: hash, slots: reader.slots) else {
      return precondition(slot == nil)
    }
    guard let slot, slot.number < reader.slots, offset == BoardLayout.offset(slot: Int(slot.number)) else {
      preconditionFailure("it is found in one of two")
    }
    let found = UnsafeRawBufferPointer(start: copy.start + offset + BoardLayout.Slot.name, count: name.count)
    precondition(found.elementsEqual(name))
    let board = UnownedBoard(memory: copy, base: reader.base)
    precondition(board.slowCall(slot.number) == slot.slowCall && board.word(slot.number) == slot.word)
    for now in [0, reader.heartbeat, reader.base, reader.heartbeat &+ 1_000_000_000, .max] {
      let decision = slot.decide(at: now)
      precondition(decision == board.decide(slot.number, at: now))
      switch decision {
      case .allow, .deny: precondition(reader.status == .alive && !slot.word.asks)
      case .ask, .gone: break
      }
    }
  }
}

/// Where the file is: in memory, if the system has such a place.
private enum Place {
  static let path = (access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/breakerd-fuzz-\(getpid())"
  /// It is removed at the end.
  static let descriptor = {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "there can be no file at \(path)")
    atexit { unlink(Place.path) }
    return descriptor
  }()

  /// Names that are in no file, or could not be.
  static let names: [[UInt8]] = [
    Array("api".utf8), [], Array(repeating: UInt8(ascii: "n"), count: BoardLayout.nameCapacity),
    Array(repeating: UInt8(ascii: "n"), count: BoardLayout.nameCapacity + 1),
  ]
}
