/// Who asks: the connection a request came on, and the process at its other end.
public struct Caller: Hashable, Sendable {
  /// The connection's number; no two connections of one run share one.
  public var connection: UInt64
  /// The user the process runs as.
  public var uid: UInt32
  /// The process.
  public var pid: Int32
  /// Whether permits go back when the connection is lost.
  public var isBound: Bool
  /// Whether it tries dependencies in place of the callers; see ``Policy/Check``.
  public var isProber: Bool

  /// The caller made of these.
  public init(connection: UInt64, uid: UInt32 = 0, pid: Int32 = 0, isBound: Bool = false, isProber: Bool = false) {
    self.connection = connection
    self.uid = uid
    self.pid = pid
    self.isBound = isBound
    self.isProber = isProber
  }
}
