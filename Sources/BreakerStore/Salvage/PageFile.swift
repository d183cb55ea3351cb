internal import Glibc

/// The pages of a database, and of its log, as bytes: to be read where SQLite refuses to. Pages that the disk does not give are
/// left out.
final class PageFile {
  /// How many bytes of a page hold something.
  let usable: Int
  private let size: Int
  private let file: CInt
  private let log: CInt
  private let count: Int
  /// Where in the log each page was written, in order, up to the last commit.
  private var frames: [Int: [Int]] = [:]
  /// Pages that are in no use; what they hold is of before.
  private(set) var free: Set<Int> = []

  /// - Throws: ``StoreError`` when the file cannot be opened.
  init(_ path: String) throws(StoreError) {
    file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { throw StoreError(systemError: errno, "it cannot be opened", path: path) }
    log = open(path + "-wal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    var status = stat()
    let length = fstat(file, &status) == 0 ? Int(status.st_size) : 0
    let header = length >= 100 ? Self.read(file, at: 0, count: 100) ?? [] : []
    let told = header.isEmpty ? 0 : Int(header[16]) << 8 | Int(header[17])
    // 1 stands for 65,536.
    let wanted = told == 1 ? 65_536 : told
    let isPowerOfTwo = wanted & (wanted - 1) == 0
    size = (512...65_536).contains(wanted) && isPowerOfTwo ? wanted : 4_096
    let reserved = header.isEmpty ? 0 : Int(header[20])
    usable = size - (reserved <= 32 ? reserved : 0)
    count = (length + size - 1) / size
    if log >= 0 { findFrames() }
    findFreePages()
  }

  deinit {
    close(file)
    if log >= 0 { close(log) }
  }

  /// The pages that are in use, from 1.
  var numbers: [Int] { Set(frames.keys).union(count > 0 ? Array(1...count) : []).subtracting(free).sorted() }

  /// Hands over the images that there are of a page, the newest first, until `isEnough` says that there is no need of older ones.
  func images(of number: Int, _ isEnough: ([UInt8]) -> Bool) {
    for offset in (frames[number] ?? []).reversed() {
      if let image = Self.read(log, at: offset, count: size), isEnough(image) { return }
    }
    guard number >= 1, number <= count, let image = Self.read(file, at: (number - 1) * size, count: size) else {
      return
    }
    _ = isEnough(image)
  }

  /// The newest image of a page; nil: there is none.
  func page(_ number: Int) -> [UInt8]? {
    var page: [UInt8]?
    images(of: number) { image in
      page = image
      return true
    }
    return page
  }

  /// Frames of another round of the log have other salts.
  private func findFrames() {
    guard let header = Self.read(log, at: 0, count: 32), header.prefix(3) == [0x37, 0x7F, 0x06],
      Self.number(header, 8) == size
    else { return }
    var offset = 32
    var found: [(number: Int, offset: Int)] = []
    while let frame = Self.read(log, at: offset, count: 24), frame[8..<16] == header[16..<24] {
      found.append((Self.number(frame, 0), offset + 24))
      if Self.number(frame, 4) != 0 {
        for frame in found { frames[frame.number, default: []].append(frame.offset) }
        found = []
      }
      offset += 24 + size
    }
  }

  /// They are listed on pages of their own; as far as the list makes sense.
  private func findFreePages() {
    guard let first = page(1) else { return }
    var next = Self.number(first, 32)
    while next > 1, free.insert(next).inserted, let list = page(next) {
      next = Self.number(list, 0)
      let listed = Self.number(list, 4)
      guard 8 + 4 * listed <= usable else { return }
      for index in 0..<listed { free.insert(Self.number(list, 8 + 4 * index)) }
    }
  }

  /// Four bytes, the highest first.
  private static func number(_ bytes: [UInt8], _ offset: Int) -> Int {
    bytes[offset..<(offset + 4)].reduce(0) { $0 << 8 | Int($1) }
  }

  /// So many bytes; the last page of a file may lack some, which count as 0. Nil: there are none, or the disk does not give them.
  private static func read(_ file: CInt, at offset: Int, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(file, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { break }
      filled += got
    }
    return filled == 0 ? nil : bytes
  }
}
