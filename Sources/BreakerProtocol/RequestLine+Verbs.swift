public import BreakerCore

/// The requests of guarded calls. Their names are checked before, so that nothing can go wrong here.
extension RequestLine {
  /// `allow NAME [lease=D]`.
  ///
  /// - Parameter name: A name for which ``BreakerName/isValid(_:)`` holds.
  public static func allow(_ name: String, lease: Timespan? = nil) -> RequestLine {
    var line = RequestLine(.allow)
    line.append(name)
    if let lease { line.add(.lease, lease) }
    return line
  }

  /// `report NAME OUTCOME [TOKEN] [ms=N] [n=N] [age=MS] [err=WORD]`.
  ///
  /// - Parameters:
  ///   - name: A name for which ``BreakerName/isValid(_:)`` holds.
  ///   - duration: How long the call took; sent in whole milliseconds, rounded down, so that a call is slow only if it
  ///     was.
  ///   - count: How many such calls, 1...``Limits/count``; left out if 1.
  ///   - age: How long ago it ended, or the newest of them; sent rounded up, left out if 0.
  ///   - errorClass: A word for the kind of failure; made fit by cutting it and replacing what cannot be sent.
  public static func report(
    _ name: String, _ outcome: Outcome, token: Token? = nil, duration: Timespan? = nil, count: Int = 1,
    age: Timespan = .zero,
    errorClass: String? = nil
  ) -> RequestLine {
    var line = RequestLine(.report)
    line.append(name)
    line.append(outcome.word)
    if let token { line.add(token) }
    if let duration { line.add(.ms, min(max(duration.microseconds / 1_000, 0), Int64(Limits.milliseconds))) }
    if count > 1 { line.add(.n, Int64(count)) }
    if age > .zero { line.add(.age, min(age.millisecondsRoundedUp, Int64(Limits.milliseconds))) }
    if let errorClass, let word = fittingWord(errorClass) { line.append("err=" + PercentEncoding.encode(word)) }
    return line
  }

  /// `denied NAME n=N quiet`.
  ///
  /// - Parameters:
  ///   - name: A name for which ``BreakerName/isValid(_:)`` holds.
  ///   - count: How many calls the client has refused itself, 1...``Limits/count``.
  public static func denied(_ name: String, count: Int) -> RequestLine {
    var line = RequestLine(.denied)
    line.append(name)
    line.add(.n, Int64(count))
    line.addQuiet()
    return line
  }

  /// `text` as a word that can be sent: at most ``Limits/word`` bytes, whole characters, without control characters; nil if
  /// nothing is left.
  public static func fittingWord(_ text: String) -> String? {
    var word = ""
    for scalar in text.unicodeScalars {
      let isControl = scalar.value < 0x20 || scalar.value == 0x7F
      let next = isControl ? "_" : String(scalar)
      guard word.utf8.count + next.utf8.count <= Limits.word else { break }
      word += next
    }
    return word.isEmpty ? nil : word
  }
}

extension Outcome {
  /// As on the wire: `ok`, `fail` or `ignore`.
  public var word: String {
    switch self {
    case .ok: "ok"
    case .fail: "fail"
    case .ignore: "ignore"
    }
  }
}
