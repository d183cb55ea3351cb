/// Request lines one behind the other in memory, so that a batch of them is one piece to write.
final class RequestLoop {
  private let bytes: UnsafeMutableRawBufferPointer
  /// Where each line begins, and where the last ends. The first lines stand again behind the last, so that a batch that
  /// goes on at the beginning is one piece too.
  private let starts: [Int]
  /// How many lines there are.
  let count: Int

  init(_ requests: [String], depth: Int) {
    count = requests.count
    var text: [UInt8] = []
    var starts = [0]
    for number in 0..<requests.count + depth {
      text.append(contentsOf: requests[number % requests.count].utf8)
      text.append(UInt8(ascii: "\n"))
      starts.append(text.count)
    }
    bytes = .allocate(byteCount: text.count, alignment: 1)
    bytes.copyBytes(from: text)
    self.starts = starts
  }

  deinit { bytes.deallocate() }

  /// So many lines from one on.
  func batch(from line: Int, depth: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[starts[line]..<starts[line + depth]])
  }
}
