public import Logging

/// Makes one line of each message: level, message, then the metadata as `key=value`, sorted by key.
public struct LineLogHandler: LogHandler {
  private let sink: LogSink

  /// Metadata of every line.
  public var metadata: Logger.Metadata = [:]

  /// A handler that writes to `sink` and obeys its level.
  public init(_ sink: LogSink) { self.sink = sink }

  /// The level of the sink, which can change at any time.
  public var logLevel: Logger.Level {
    get { sink.level }
    set { sink.level = newValue }
  }

  /// One item of ``metadata``.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Queues the line.
  public func log(event: LogEvent) {
    let metadata = event.metadata.map { self.metadata.isEmpty ? $0 : self.metadata.merging($0) { $1 } } ?? self.metadata
    let (level, message) = (event.level, event.message)
    sink.write(level) { Self.line(level, message, metadata) }
  }

  /// One line, without its end.
  static func line(_ level: Logger.Level, _ message: Logger.Message, _ metadata: Logger.Metadata) -> String {
    var line = "\(level) \(message)"
    for (key, value) in metadata.sorted(by: { order($0.key, $1.key) }) { line += " \(key)=\(word("\(value)"))" }
    return line
  }

  /// `name` first, then by the alphabet.
  private static func order(_ left: String, _ right: String) -> Bool {
    (left == "name" ? "" : left) < (right == "name" ? "" : right)
  }

  /// A value as one word: quoted where it holds spaces, without control characters.
  private static func word(_ value: String) -> String {
    let clean = String(value.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    return clean.contains(where: { $0 == " " || $0 == "\"" })
      ? "\"\(clean.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\""))\"" : clean
  }
}
