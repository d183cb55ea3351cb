/// One line of the server, taken apart as far as its class: what it is, whose it is, and the rest.
///
/// It borrows from its bytes, and is good only as long as they are.
public struct ServerLine {
  /// What a line is; the first byte says so.
  public enum Kind: UInt8, Sendable {
    /// `+`: the reply to a request.
    case reply = 0x2B
    /// `-CODE text`: the error reply to a request; the connection goes on.
    case error = 0x2D
    /// `*N [cursor=C]`: a list; exactly N rows follow.
    case list = 0x2A
    /// A space: a row of the list begun before.
    case row = 0x20
    /// `>`: an event that nobody asked for just now; never inside a list.
    case event = 0x3E
    /// `~CODE text`: the error of a quiet request; it answers nothing.
    case quietError = 0x7E
    /// `!CODE text`: the connection is closed after it.
    case fatal = 0x21

    /// Whether a tag can stand after the class byte.
    var hasTag: Bool {
      switch self {
      case .reply, .error, .list, .quietError, .fatal: true
      case .row, .event: false
      }
    }
  }

  /// What the line is.
  public let kind: Kind
  /// The tag of the request that it answers, with its `@`; empty without one.
  public let tag: Bytes
  /// What follows class and tag.
  public let rest: Bytes

  /// The line made of these bytes, without the LF at their end; a CR there is dropped.
  ///
  /// Returns nil if the first byte is no class: whoever wrote this is not breakerd.
  public init?(_ line: Bytes) {
    let end = line.last == UInt8(ascii: "\r") ? line.count - 1 : line.count
    guard end > 0, let kind = Kind(rawValue: line[0]) else { return nil }
    self.kind = kind
    var start = 1
    if kind.hasTag, end > 1, line[1] == UInt8(ascii: "@") {
      while start < end, line[start] != UInt8(ascii: " ") { start += 1 }
      tag = line.slice(1, start)
      start = min(start + 1, end)
    } else {
      tag = Bytes(start: nil, count: 0)
      if case .event = kind, end > 1, line[1] == UInt8(ascii: " ") { start = 2 }
    }
    rest = line.slice(start, end)
  }

  /// The rest as text.
  public var text: String { String(decoding: rest, as: UTF8.self) }

  /// CODE and text of an error; the text may be empty.
  public var codeAndText: (code: String, text: String) {
    let end = rest.firstIndex(of: UInt8(ascii: " ")) ?? rest.count
    return (
      String(decoding: rest.slice(0, end), as: UTF8.self),
      String(decoding: rest.slice(min(end + 1, rest.count), rest.count), as: UTF8.self)
    )
  }

  /// How many rows follow, and where the list goes on; nil if the rest does not say so.
  public var listHeader: (count: Int, cursor: String?)? {
    var words = Words(rest)
    guard let count = words.skip()?.decimal(upTo: Int(Int32.max)) else { return nil }
    var cursor: String?
    while let word = words.skip() {
      let (key, value) = Request.split(word)
      if key.equals("cursor"), let value { cursor = String(decoding: value, as: UTF8.self) }
    }
    return (count, cursor)
  }
}
