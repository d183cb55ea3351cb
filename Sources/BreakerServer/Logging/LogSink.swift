public import Logging
internal import NIOPosix
internal import Synchronization

/// Writes log lines to standard error from a thread of its own, so that a reader that has stopped stops nobody here.
///
/// At most ``capacity`` lines wait; what comes then is dropped and counted.
public final class LogSink: Sendable {
  /// The most lines that wait.
  public static let capacity = 1_024

  private struct Message {
    let at: Int64
    let level: Logger.Level
    let line: @Sendable () -> String
  }

  private struct Queue {
    var messages: [Message] = []
    /// The writer is at work, or about to be.
    var isBusy = false
  }

  private let writer = NIOThreadPool(numberOfThreads: 1)
  private let queue = Mutex(Queue())
  private let droppedLines = Atomic<UInt64>(0)
  private let currentLevel: Atomic<Int>
  private let usualLevel: Atomic<Int>
  private let prefixesPriority: Bool

  /// A sink that lets lines of `level` and above through.
  ///
  /// - Parameter prefixesPriority: Whether each line begins with `<N>`, as the journal of systemd reads it, which knows
  ///   the time itself; else it begins with the time.
  public init(level: Logger.Level, prefixesPriority: Bool) {
    currentLevel = Atomic(Self.index(of: level))
    usualLevel = Atomic(Self.index(of: level))
    self.prefixesPriority = prefixesPriority
    writer.start()
  }

  /// The level in force.
  public var level: Logger.Level {
    get { Logger.Level.allCases[currentLevel.load(ordering: .relaxed)] }
    set { currentLevel.store(Self.index(of: newValue), ordering: .relaxed) }
  }

  /// The level to come back to when one in force for a while ends.
  var configuredLevel: Logger.Level {
    get { Logger.Level.allCases[usualLevel.load(ordering: .relaxed)] }
    set { usualLevel.store(Self.index(of: newValue), ordering: .relaxed) }
  }

  /// How many lines were dropped.
  public var dropped: UInt64 { droppedLines.load(ordering: .relaxed) }

  /// Queues a message, or drops it. The writer makes it a line.
  func write(_ level: Logger.Level, _ line: @escaping @Sendable () -> String) {
    let message = Message(at: WallClock.microseconds, level: level, line: line)
    let mustWake = queue.withLock { queue in
      guard queue.messages.count < Self.capacity else {
        droppedLines.add(1, ordering: .relaxed)
        return false
      }
      queue.messages.append(message)
      defer { queue.isBusy = true }
      return !queue.isBusy
    }
    if mustWake { writer.submit { [self] _ in writeAll() } }
  }

  /// Writes what waits, all of it at once, until nothing does.
  private func writeAll() {
    while true {
      let messages = queue.withLock { queue in
        defer { queue.messages = [] }
        queue.isBusy = !queue.messages.isEmpty
        return queue.messages
      }
      guard !messages.isEmpty else { return }
      // Of what could be written in part no more is known.
      if !StandardError.write(messages.map(text).joined()) {
        droppedLines.add(UInt64(messages.count), ordering: .relaxed)
      }
    }
  }

  private func text(_ message: Message) -> String {
    let prefix = prefixesPriority ? "<\(Self.priority(of: message.level))>" : WallClock.text(message.at) + " "
    return prefix + message.line() + "\n"
  }

  /// Whether every line has been written.
  public var isDrained: Bool { queue.withLock { !$0.isBusy } }

  private static func index(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }

  /// The priority of syslog.
  private static func priority(of level: Logger.Level) -> Int {
    switch level {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }
}
