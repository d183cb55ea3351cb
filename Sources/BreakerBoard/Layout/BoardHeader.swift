#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What never changes in a board's header, read from a file of which nothing is known yet.
struct BoardHeader {
  let slots: Int
  let seed: UInt64
  let epoch: UInt64
  let base: UInt64

  /// The header of an open file, if all of it that anybody relies on holds.
  init(descriptor: CInt, path: String, owner: UInt32?) throws(BoardError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("it cannot be seen", path: path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw BoardError(.notAFile, "it is no ordinary file", path: path) }
    if let owner, status.st_uid != owner {
      throw BoardError(
        .otherOwner(status.st_uid), "it belongs to user \(status.st_uid), not to user \(owner)", path: path)
    }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count >= 0 else { throw .system("it cannot be read", path: path) }
    typealias Header = BoardLayout.Header
    func number(_ offset: Int) -> UInt64 { bytes.withUnsafeBytes { $0.load(fromByteOffset: offset, as: UInt64.self) } }
    func half(_ offset: Int) -> UInt32 { bytes.withUnsafeBytes { $0.load(fromByteOffset: offset, as: UInt32.self) } }
    guard count >= 16, number(Header.magic) == BoardLayout.magic else {
      throw BoardError(.notABoard, "it is no board of breakerd", path: path)
    }
    let version = half(Header.majorVersion)
    guard version == BoardLayout.majorVersion else {
      throw BoardError(
        .otherVersion(version), "it is a board in version \(version) of the layout, not \(BoardLayout.majorVersion)",
        path: path)
    }
    let slots = number(Header.slots)
    let (room, overflow) = slots.multipliedReportingOverflow(by: UInt64(BoardLayout.slotSize))
    guard count == bytes.count, half(Header.headerSize) == BoardLayout.headerSize,
      half(Header.slotSize) == BoardLayout.slotSize, slots.nonzeroBitCount == 1, !overflow,
      room < UInt64(Int.max) - UInt64(BoardLayout.headerSize),
      number(Header.fileSize) == room + UInt64(BoardLayout.headerSize),
      UInt64(status.st_size) == number(Header.fileSize)
    else { throw BoardError(.damaged, "it is a board, but not a whole one", path: path) }
    self.slots = Int(slots)
    seed = number(Header.seed)
    epoch = number(Header.epoch)
    base = number(Header.base)
  }
}
