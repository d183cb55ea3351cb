internal import BreakerProtocol
internal import NIOCore

/// Cuts what comes from a socket into lines, and keeps what is not yet one.
///
/// A class, since what is done about a line may close the connection, and so lead back here while a line is handled.
final class LineCutter {
  /// No line of the daemon is longer; whoever writes one is not it.
  static let longestLine = 65_536

  /// The beginning of a line.
  private(set) var unread = ByteBuffer()

  /// Takes more bytes in.
  ///
  /// - Parameter handle: Is given each line, without its LF.
  /// - Returns: Whether what is left can still become a line.
  func cut(_ received: ByteBuffer, _ handle: (Bytes) -> Void) -> Bool {
    var buffer = received
    if unread.readableBytes > 0 {
      unread.writeBuffer(&buffer)
      buffer = unread
    }
    unread = ByteBuffer()
    while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
      let length = end - buffer.readerIndex
      buffer.withUnsafeReadableBytes { handle(Bytes(rebasing: $0[..<length])) }
      buffer.moveReaderIndex(forwardBy: length + 1)
    }
    unread = buffer.readableBytes > 0 ? buffer : unread
    return buffer.readableBytes <= Self.longestLine
  }
}
