internal import Glibc

/// What the daemon tells the service manager that has started it; see sd_notify(3). Without one, nothing is told.
struct ServiceManager: Sendable {
  /// How often it wants to hear that the daemon lives: half the time after which it ends the daemon, in microseconds; nil: it does
  /// not.
  let pingInterval: Int64?
  private let descriptor: CInt
  private let address: SocketAddressUnix?

  /// Nobody.
  static let none = ServiceManager(environment: { _ in nil })

  /// The one that the environment names.
  init(environment: (String) -> String? = Self.variable, pid: Int32 = getpid()) {
    address = environment("NOTIFY_SOCKET").flatMap { try? SocketAddressUnix($0, mayBeAbstract: true) }
    descriptor = address == nil ? -1 : socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    let addressee = environment("WATCHDOG_PID").flatMap { Int32($0) }
    let limit = environment("WATCHDOG_USEC").flatMap { Int64($0) }
    pingInterval = address != nil && (addressee ?? pid) == pid ? limit.flatMap { $0 > 1 ? $0 / 2 : nil } : nil
    // At most so long for what must not be lost.
    var patience = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  /// The daemon serves. Not for the event loop: it may wait for two seconds.
  func ready() { send("READY=1", waiting: true) }

  /// The daemon ends. Not for the event loop.
  func stopping() { send("STOPPING=1\nSTATUS=saving", waiting: true) }

  /// The configuration is read again. ``reloaded()`` follows.
  func reloading(at microseconds: Int64) { send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)") }

  /// That is over, however it went.
  func reloaded() { send("READY=1") }

  /// How the daemon is, in a line for people.
  func tell(status: String) { send("STATUS=\(status)") }

  /// The daemon lives.
  ///
  /// - Returns: Whether that was taken; if not, try again soon.
  func ping() -> Bool { send("WATCHDOG=1") }

  @discardableResult
  private func send(_ text: String, waiting: Bool = false) -> Bool {
    guard let address, descriptor >= 0 else { return true }
    let flags = CInt(MSG_NOSIGNAL) | (waiting ? 0 : CInt(MSG_DONTWAIT))
    let bytes = Array(text.utf8)
    return address.with { sendto(descriptor, bytes, bytes.count, flags, $0, $1) } >= 0
  }

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
