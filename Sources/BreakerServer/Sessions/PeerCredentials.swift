internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel saw it when it connected.
struct PeerCredentials {
  let pid: Int32
  let uid: UInt32
  /// Its groups, its own first.
  let groups: [UInt32]

  /// Asks the kernel (SO_PEERCRED, SO_PEERGROUPS); nil if it does not say.
  init?(of descriptor: CInt) {
    guard let credentials = Self.credentials(descriptor) else { return nil }
    pid = credentials.pid
    uid = credentials.uid
    groups = [credentials.gid] + Self.otherGroups(descriptor)
  }

  /// Asks for the user alone.
  static func uid(of descriptor: CInt) -> UInt32? { credentials(descriptor)?.uid }

  /// struct ucred, which the C module does not show.
  private static func credentials(_ descriptor: CInt) -> (pid: Int32, uid: UInt32, gid: UInt32)? {
    var credentials: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
    var length = socklen_t(MemoryLayout.size(ofValue: credentials))
    return getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 ? credentials : nil
  }

  private static func otherGroups(_ descriptor: CInt) -> [UInt32] {
    var count = 32
    // A process has at most 65,536 of them.
    while count <= 1 << 16 {
      var length = socklen_t(count * MemoryLayout<UInt32>.stride)
      var code: CInt = -1
      let groups = [UInt32](unsafeUninitializedCapacity: count) { room, filled in
        code = getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, room.baseAddress, &length)
        filled = code == 0 ? Int(length) / MemoryLayout<UInt32>.stride : 0
      }
      guard code != 0, errno == ERANGE else { return groups }
      count = Int(length) / MemoryLayout<UInt32>.stride
    }
    return []
  }
}
