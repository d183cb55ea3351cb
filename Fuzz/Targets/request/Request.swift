import BreakerCore
import BreakerProtocol

/// Parses the bytes as a request. What makes one makes the same when it is written out again; what makes none gives one line
/// that says so. What begins with no verb is taken for a pattern and a name, and for an encoded value.
@_cdecl("LLVMFuzzerTestOneInput")
public func parseRequest(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // A session refuses what is longer.
  let line = Bytes(start: start, count: min(count, Limits.line))
  var request = Request()
  do throws(RequestError) {
    try request.parse(line)
    comesBack(request)
  } catch {
    isToldInOneLine(error, request)
    guard error.code == .badVerb else { return 0 }
    matchAsPattern(line)
    decodeAsValue(line)
  }
  return 0
}

/// A request that is written out makes itself again.
private func comesBack(_ request: Request) {
  let line: RequestLine
  do throws(RequestLineError) {
    line = try RequestLine(writing: request)
  } catch {
    // Keys and levels are taken as they come, and refused when they are looked up.
    precondition(!request.settings.isEmpty || !request.keys.isEmpty || !request.level.isEmpty, "\(error)")
    return
  }
  line.bytes.withUnsafeBytes { bytes in
    var again = Request()
    do throws(RequestError) {
      try again.parse(bytes)
    } catch {
      // Two keys that were no UTF-8 have become the same.
      precondition(bytes.contains(0xEF), "\(String(decoding: line.bytes, as: UTF8.self)): \(error)")
      return
    }
    precondition(again.verb == request.verb && again.isQuiet == request.isQuiet)
    precondition((try? RequestLine(writing: again)) == line)
  }
}

/// The reply is one line without control characters, which a client takes for what it is.
private func isToldInOneLine(_ error: RequestError, _ request: Request) {
  precondition(!error.text.utf8.contains { $0 < 0x20 || $0 == 0x7F }, error.text)
  var replies = ReplyBuffer()
  replies.error(error, tag: request.tag, quiet: request.isQuiet)
  replies.bytes.withUnsafeBytes { bytes in
    precondition(bytes.firstIndex(of: UInt8(ascii: "\n")) == bytes.count - 1)
    guard let line = ServerLine(Bytes(rebasing: bytes.dropLast())) else { preconditionFailure("no line: \(error)") }
    precondition(line.tag.elementsEqual(request.tag) && line.codeAndText == (error.code.rawValue, error.text))
    precondition(line.kind == (error.code.isFatal ? .fatal : request.isQuiet ? .quietError : .error))
  }
}

/// What stands before the first space is a pattern, what follows a name.
private func matchAsPattern(_ bytes: Bytes) {
  let end = bytes.firstIndex(of: UInt8(ascii: " ")) ?? bytes.count
  let pattern = Bytes(rebasing: bytes[..<end])
  let name = Bytes(rebasing: bytes[min(end + 1, bytes.count)...].prefix(2 * Limits.name))
  let isName = BreakerName.isValid(pattern)
  guard let glob = Glob(pattern) else { return precondition(!isName) }
  precondition(glob.matches(name) == SlowGlob.matches(pattern, name))
  if isName { precondition(glob.literal == Array(pattern) && glob.matches(pattern)) }
}

/// A text that comes out comes out of its own encoding too, which is one word.
private func decodeAsValue(_ bytes: Bytes) {
  guard let text = PercentEncoding.decode(bytes) else { return }
  precondition(!text.utf8.contains { $0 < 0x20 || $0 == 0x7F })
  let value = PercentEncoding.encode(text)
  precondition(!value.utf8.contains { $0 <= 0x20 || $0 == 0x7F })
  precondition(PercentEncoding.decode(value.utf8).map { $0.utf8.elementsEqual(text.utf8) } == true)
}
