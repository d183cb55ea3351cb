import Logging
import Synchronization

/// Keeps what is logged until it is asked for.
final class KeptLog: LogHandler {
  private let lines = Mutex<[String]>([])

  /// The lines since the last time, joined; `-`: there are none.
  func take() -> String {
    lines.withLock { lines in
      defer { lines = [] }
      return lines.isEmpty ? "-" : lines.joined(separator: "|")
    }
  }

  func log(event: LogEvent) {
    let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    lines.withLock { $0.append(event.message.description + metadata) }
  }

  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .info }
    set {}
  }
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }
}
