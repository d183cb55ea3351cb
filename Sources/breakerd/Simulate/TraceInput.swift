import Glibc

/// A trace to be read: a file, or standard input.
final class TraceInput {
  /// What to call it in messages.
  let name: String
  /// What the last ``read()`` has brought.
  private(set) var bytes: [UInt8] = []
  private let descriptor: CInt

  /// - Parameter path: `-` is standard input.
  init(_ path: String) throws(SimulateFailure) {
    name = path == "-" ? "<stdin>" : path
    descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("cannot read \(path)", .noInput) }
  }

  deinit { close(descriptor) }

  /// Reads what there is, waiting for it if need be. Returns false at the end.
  func read() throws(SimulateFailure) -> Bool {
    let (room, descriptor) = (262_144, descriptor)
    while true {
      var failed = false
      bytes = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
        let result = Glibc.read(descriptor, buffer.baseAddress, room)
        failed = result < 0
        count = max(result, 0)
      }
      if !failed { return !bytes.isEmpty }
      guard errno == EINTR else { throw .system("cannot read \(name)", .noInput) }
    }
  }
}
