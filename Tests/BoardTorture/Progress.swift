import Glibc
import Synchronization

/// How far a writer has come, in a file that all processes of a torture map: after it has published a change for a name, it
/// stores the change's number here. Who has read a number here must find that change on the board, or a later one.
struct Progress: @unchecked Sendable {
  /// Names that change all the time.
  static let names = (0..<32).map { "breaker-\($0)" }
  private static let size = 4_096
  private let memory: UnsafeMutableRawPointer

  struct Unusable: Error {}

  /// Maps the file, and makes it if there is none.
  init(path: String) throws {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    guard descriptor >= 0, ftruncate(descriptor, Self.size) == 0,
      let memory = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
    else { throw Unusable() }
    self.memory = memory
  }

  /// The number of the latest change of a name.
  subscript(name: Int) -> UInt64 {
    get { cell(name + 1).pointee.load(ordering: .acquiring) }
    nonmutating set { cell(name + 1).pointee.store(newValue, ordering: .releasing) }
  }

  /// Whether readers are to end.
  var isOver: Bool {
    get { cell(0).pointee.load(ordering: .acquiring) != 0 }
    nonmutating set { cell(0).pointee.store(newValue ? 1 : 0, ordering: .releasing) }
  }

  private func cell(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    (memory + index * 8).assumingMemoryBound(to: Atomic<UInt64>.self)
  }
}
