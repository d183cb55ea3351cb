import BreakerCore
import BreakerProtocol

/// Parses `line` and hands over the request while the line's bytes are alive.
func parsing<Result>(_ line: String, _ body: (Request) -> Result) throws(RequestError) -> Result {
  try parsing(Array(line.utf8), body)
}

/// Parses the bytes of a line.
func parsing<Result>(_ line: [UInt8], _ body: (Request) -> Result) throws(RequestError) -> Result {
  var request = Request()
  var failure: RequestError?
  let result: Result? = line.withUnsafeBytes { bytes in
    do throws(RequestError) {
      try request.parse(bytes)
      return body(request)
    } catch {
      failure = error
      return nil
    }
  }
  guard let result else { throw failure ?? RequestError(.internal, "nothing parsed") }
  return result
}

/// What is wrong with a line, with the tag and the quietness that the error would be answered with; nil: nothing is.
func failure(_ line: String) -> (error: RequestError, tag: String, isQuiet: Bool)? { failure(Array(line.utf8)) }

/// What is wrong with the bytes of a line.
func failure(_ line: [UInt8]) -> (error: RequestError, tag: String, isQuiet: Bool)? {
  var request = Request()
  return line.withUnsafeBytes { bytes in
    do throws(RequestError) {
      try request.parse(bytes)
      return nil
    } catch {
      return (error, String(decoding: request.tag, as: UTF8.self), request.isQuiet)
    }
  }
}

/// The text of borrowed bytes.
func text(_ bytes: Bytes) -> String { String(decoding: bytes, as: UTF8.self) }
