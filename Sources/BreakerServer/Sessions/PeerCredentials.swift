internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel saw it when it connected.
struct PeerCredentials {
  let pid: Int32
  let uid: UInt32

  /// Asks the kernel (SO_PEERCRED); nil if it does not say.
  init?(of descriptor: CInt) {
    // struct ucred, which the C module does not show: pid, uid, gid.
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
    pid = credentials.pid
    uid = credentials.uid
  }
}
