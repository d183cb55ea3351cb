public import Logging
internal import NIOPosix
internal import Synchronization

/// Writes log lines to standard error from a thread of its own, so that a reader that has stopped stops nobody here.
///
/// At most ``capacity`` lines wait; what comes then is dropped and counted.
public final class LogSink: Sendable {
  /// The most lines that wait.
  public static let capacity = 1_024

  private let writer = NIOThreadPool(numberOfThreads: 1)
  private let waiting = Atomic<Int>(0)
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

  /// Queues a line, or drops it, and then does not even make it.
  func write(_ line: @autoclosure () -> String, _ level: Logger.Level) {
    guard waiting.add(1, ordering: .relaxed).newValue <= Self.capacity else {
      waiting.subtract(1, ordering: .relaxed)
      droppedLines.add(1, ordering: .relaxed)
      return
    }
    let text = (prefixesPriority ? "<\(Self.priority(of: level))>" : WallClock.now + " ") + line() + "\n"
    writer.submit { [self] _ in
      StandardError.write(text)
      waiting.subtract(1, ordering: .relaxed)
    }
  }

  /// Whether every line has been written.
  public var isDrained: Bool { waiting.load(ordering: .relaxed) == 0 }

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
