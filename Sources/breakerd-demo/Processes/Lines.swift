import Dispatch
import Glibc

/// Reads lines from a pipe.
enum Lines {
  /// What comes from standard input. A process of the demo ends with it.
  static var fromStandardInput: AsyncStream<String> { read(from: STDIN_FILENO) }

  /// Returns the lines as they come, until the other end closes.
  ///
  /// - Parameter atEnd: Runs after the last line, before the stream ends; it may block.
  static func read(from descriptor: CInt, atEnd: @escaping @Sendable () -> Void = {}) -> AsyncStream<String> {
    let (stream, continuation) = AsyncStream.makeStream(of: String.self)
    // A thread of its own: the read blocks.
    DispatchQueue(label: "breakerd-demo.lines").async {
      var line: [UInt8] = []
      while let bytes = next(from: descriptor) {
        for byte in bytes {
          guard byte == UInt8(ascii: "\n") else {
            line.append(byte)
            continue
          }
          continuation.yield(String(decoding: line, as: UTF8.self))
          line.removeAll()
        }
      }
      atEnd()
      continuation.finish()
    }
    return stream
  }

  private static func next(from descriptor: CInt) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { return Array(buffer.prefix(count)) }
      guard count < 0, errno == EINTR else { return nil }
    }
  }
}
