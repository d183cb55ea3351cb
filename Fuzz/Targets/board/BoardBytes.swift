import Glibc

@testable import BreakerBoard

/// A board's file, made of the few bytes of one that anybody reads.
///
/// The first byte chooses what is put right: random bytes meet no hash. The second cuts the file short. Then come the
/// header, four numbers that lie by themselves, and the slots.
struct BoardBytes {
  private(set) var bytes: [UInt8]
  /// The header is that of a whole board.
  let isMended: Bool
  /// It is to be marked as replaced.
  let isRetired: Bool
  /// It is to be given back while it is looked at.
  let isDiscarded: Bool

  private typealias Header = BoardLayout.Header
  private typealias Slot = BoardLayout.Slot

  /// The file; nil: too little is left to make one.
  init?(_ input: UnsafeRawBufferPointer) {
    let headerBytes = 64
    let apart = [Header.status, Header.heartbeat, Header.changes, Header.overflow]
    let start = 2 + headerBytes + 8 * apart.count
    guard input.count >= start else { return nil }
    let choices = input[0]
    isMended = choices & 1 != 0
    isRetired = choices & 4 != 0
    isDiscarded = choices & 8 != 0
    let slots = (input.count - start) / BoardLayout.slotSize
    guard !isMended || slots > 0 else { return nil }
    // The greatest power of two.
    let kept = slots == 0 ? 0 : 1 << (Int.bitWidth - 1 - slots.leadingZeroBitCount)
    let rest = isMended ? BoardLayout.slotSize * kept : input.count - start
    bytes = Array(repeating: 0, count: BoardLayout.headerSize + rest)
    bytes.withUnsafeMutableBytes { file in
      file.copyBytes(from: input[2..<2 + headerBytes])
      for (number, offset) in apart.enumerated() {
        let place = 2 + headerBytes + 8 * number
        file[offset..<offset + 8].copyBytes(from: input[place..<place + 8])
      }
      file[BoardLayout.headerSize...].copyBytes(from: input[start..<start + rest])
    }
    if isMended { mendHeader(slots: kept) } else { bytes.removeLast(min(Int(input[1]), bytes.count)) }
    if choices & 2 != 0 { mendHashes(slots: rest / BoardLayout.slotSize) }
  }

  private mutating func mendHeader(slots: Int) {
    let size = bytes.count
    bytes.withUnsafeMutableBytes { file in
      file.storeBytes(of: BoardLayout.magic, toByteOffset: Header.magic, as: UInt64.self)
      file.storeBytes(of: BoardLayout.majorVersion, toByteOffset: Header.majorVersion, as: UInt32.self)
      file.storeBytes(of: UInt32(BoardLayout.headerSize), toByteOffset: Header.headerSize, as: UInt32.self)
      file.storeBytes(of: UInt32(BoardLayout.slotSize), toByteOffset: Header.slotSize, as: UInt32.self)
      file.storeBytes(of: UInt64(slots), toByteOffset: Header.slots, as: UInt64.self)
      file.storeBytes(of: UInt64(size), toByteOffset: Header.fileSize, as: UInt64.self)
    }
  }

  /// The hash of each slot is that of the name in it, unless it is 0.
  private mutating func mendHashes(slots: Int) {
    let start = BoardHash.start(seed: number(Header.seed))
    for slot in 0..<slots {
      let offset = BoardLayout.offset(slot: slot)
      guard offset + BoardLayout.slotSize <= bytes.count, number(offset + Slot.hash) != 0 else { continue }
      bytes.withUnsafeMutableBytes { file in
        let hash = BoardHash.hash(Self.name(UnsafeRawBufferPointer(file), slot: offset), from: start)
        file.storeBytes(of: hash, toByteOffset: offset + Slot.hash, as: UInt64.self)
      }
    }
  }

  /// The name in a slot that is whole, as long as the slot says or as it has room for.
  private static func name(_ file: UnsafeRawBufferPointer, slot: Int) -> UnsafeRawBufferPointer {
    let length = Int(file.load(fromByteOffset: slot + Slot.nameLength, as: UInt16.self))
    return UnsafeRawBufferPointer(rebasing: file[(slot + Slot.name)...].prefix(min(length, BoardLayout.nameCapacity)))
  }

  /// A number of the header or a slot.
  func number(_ offset: Int) -> UInt64 {
    bytes.count < offset + 8 ? 0 : bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
  }

  /// Hands over the name in each slot, whether it can be found or not.
  func eachName(_ body: (UnsafeRawBufferPointer) -> Void) {
    bytes.withUnsafeBytes { file in
      var offset = BoardLayout.headerSize
      while offset + BoardLayout.slotSize <= file.count {
        body(Self.name(file, slot: offset))
        offset += BoardLayout.slotSize
      }
    }
  }

  /// Makes them all that there is in a file.
  func write(to descriptor: CInt) {
    let written = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    precondition(written == bytes.count && ftruncate(descriptor, bytes.count) == 0, "the file cannot be written")
  }
}
