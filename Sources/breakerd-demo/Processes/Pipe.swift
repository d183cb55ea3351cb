import Glibc

/// Both ends of a pipe. Programs that are started do not inherit them.
struct Pipe {
  let reader: CInt
  let writer: CInt

  /// - Throws: ``DemoError``, if there are too many open files.
  init() throws(DemoError) {
    var ends: [CInt] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .system("cannot make a pipe", errno: errno) }
    // Nothing is started in between: all children are started by one task.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reader, writer) = (ends[0], ends[1])
  }
}
