#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The descriptors that this process was started with: a child gets these, and none that were opened since.
///
/// The event loop does not mark its own as closed on exec.
struct OpenDescriptors {
  private let open: Set<Int32>

  /// More than this are not looked at; new ones get the lowest free numbers.
  private static let highest: Int32 = 1_023

  /// Those that are open now.
  init() {
    open = Set((3...Self.highest).filter { fcntl($0, F_GETFD) >= 0 })
  }

  /// Marks those opened since.
  func keepOthersFromChildren() {
    for descriptor in 3...Self.highest where !open.contains(descriptor) {
      let flags = fcntl(descriptor, F_GETFD)
      if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
    }
  }
}
