public import BreakerCore

/// One request line, taken apart and checked against the table of verbs.
///
/// A request borrows from its line: ``name``, ``tag`` and ``subject`` are good only as long as the line's bytes are.
/// Which members mean something depends on the verb: those of its row in ``VerbEntry/table``.
public struct Request {
  /// What is asked.
  public internal(set) var verb = Verb.ping
  /// The tag with its `@`; empty if the line has none.
  public internal(set) var tag = Bytes(start: nil, count: 0)
  /// Whether it wants no reply, and an error only as a `~` line.
  public internal(set) var isQuiet = false

  /// NAME or GLOB as written; `*` where a glob was left out.
  public internal(set) var name = Bytes(start: nil, count: 0)
  /// How the call ended (`report`).
  public internal(set) var outcome = Outcome.ok
  /// The token of the call (`report`).
  public internal(set) var token: Token?
  /// `ms=`: how long the call took.
  public internal(set) var duration: Timespan?
  /// `n=`: how many calls.
  public internal(set) var count = 1
  /// `age=`: how long ago the newest of them ended.
  public internal(set) var age = Timespan.zero
  /// `err=`: the class of the error, at most ``Limits/word`` bytes.
  public internal(set) var errorClass: String?
  /// `lease=`: how long a permit is wanted for.
  public internal(set) var lease: Timespan?

  /// The verb that help is wanted on; nil: all.
  public internal(set) var topic: Verb?
  /// The forced mode (`force`).
  public internal(set) var mode = ForcedMode.open
  /// `for=`: how long a force or a log level lasts; nil: until it is taken back.
  public internal(set) var length: Timespan?
  /// `limit=`: the most rows wanted, 1 to ``Limits/page``.
  public internal(set) var limit = Limits.page
  /// `cursor=`: where the list goes on.
  public internal(set) var cursor = 0
  /// `since=`: the number of the last event that is known.
  public internal(set) var since = 0
  /// `bound=`: whether permits go back with the connection; nil: not said.
  public internal(set) var isBound: Bool?
  /// `prober=`: whether the client tries dependencies in place of the callers; nil: not said.
  public internal(set) var isProber: Bool?

  /// What takes memory of its own, in one piece, so that the frequent requests carry next to nothing.
  private var texts: Texts?

  /// Texts that few requests have.
  private final class Texts {
    var reason: String?
    var settings: [(key: String, value: String)] = []
    var keys: [String] = []
    var level = ""
    var client: String?
    var instance: String?
  }

  /// Those of this request, made if there are none. No other request has them, as each is parsed once.
  private var ownTexts: Texts {
    mutating get {
      let texts = texts ?? Texts()
      self.texts = texts
      return texts
    }
  }

  /// `why=`: the admin's reason, at most ``Limits/reason`` bytes.
  public var reason: String? { texts?.reason }
  /// KEY=VALUE of `set`, as written, in order.
  public var settings: [(key: String, value: String)] { texts?.settings ?? [] }
  /// KEY of `unset`, in order.
  public var keys: [String] { texts?.keys ?? [] }
  /// LEVEL of `loglevel`, as written.
  public var level: String { texts?.level ?? "" }
  /// `client=`: the client's library and version.
  public var client: String? { texts?.client }
  /// `name=` of `hello`: the client's own name for itself.
  public var instance: String? { texts?.instance }

  /// An empty request, to be filled by ``parse(_:)``.
  public init() {}

  /// Takes a line apart; once, into an empty request.
  ///
  /// - Parameter line: The bytes of a line without its end. They must outlive the use of the result.
  /// - Throws: What is wrong with it. ``tag`` and ``isQuiet`` are right even then, as far as they could be read.
  public mutating func parse(_ line: Bytes) throws(RequestError) {
    var words = Words(line)
    guard var word = try words.next() else {
      throw RequestError(.badVerb, "empty line: write a verb, try 'help'")
    }
    if word.first == UInt8(ascii: "@") {
      guard word.count >= 2, word.count <= Limits.tag + 1, word.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
        throw RequestError(.badArgument, "a tag is '@' and 1 to \(Limits.tag) visible ASCII characters")
      }
      tag = word
      guard let verb = try words.next() else {
        throw RequestError(.badVerb, "only a tag: write a verb after it, try 'help'")
      }
      word = verb
    }
    guard let verb = Verb.named(word) else { throw Self.unknownVerb(word, in: line) }
    self.verb = verb
    let entry = verb.entry
    let tail = words
    do {
      try parseArguments(entry, &words)
      try parseOptions(entry, &words)
      try checkTogether(entry)
    } catch {
      isQuiet = Self.asksForQuiet(entry, tail)
      throw error
    }
  }

  // MARK: Words

  private mutating func parseArguments(_ entry: VerbEntry, _ words: inout Words) throws(RequestError) {
    for argument in entry.arguments where !argument.isRepeated {
      if argument.isOptional {
        guard let word = words.peek(), !Self.looksLikeOption(word) else {
          if case .optionalGlob = argument { name = Self.everything }
          continue
        }
      }
      guard let word = try words.next() else {
        throw RequestError(.badArgument, "\(argument.usage) is missing: \(entry.usage)")
      }
      try parse(argument, word)
    }
  }

  private mutating func parseOptions(_ entry: VerbEntry, _ words: inout Words) throws(RequestError) {
    var seen: UInt32 = 0
    while let word = try words.next() {
      let tolerant = word.first == UInt8(ascii: "?")
      let pair = tolerant ? word.slice(1, word.count) : word
      let (key, value) = Self.split(pair)
      guard let index = entry.options.firstIndex(where: { key.equals($0.key) }) else {
        if tolerant && value != nil { continue }
        if case .settings = entry.arguments.last, let value, !key.isEmpty {
          try checkUnique(key)
          ownTexts.settings.append(try Self.setting(key, value))
          continue
        }
        if case .keys = entry.arguments.last, value == nil {
          try checkUnique(key)
          ownTexts.keys.append(String(decoding: key, as: UTF8.self))
          continue
        }
        throw value == nil
          ? RequestError(.badArgument, "\(word.quoted) is one word too many: \(entry.usage)")
          : RequestError(.badOption, "unknown option \(key.quoted): \(entry.usage)")
      }
      let option = entry.options[index]
      guard seen & 1 << UInt32(index) == 0 else {
        throw RequestError(.badOption, "\(option.key) is given twice")
      }
      seen |= 1 << UInt32(index)
      try parse(option, value)
    }
  }

  /// A key of `set` or `unset` stands in a line once.
  private func checkUnique(_ key: Bytes) throws(RequestError) {
    guard !settings.contains(where: { key.elementsEqual($0.key.utf8) }),
      !keys.contains(where: { key.elementsEqual($0.utf8) })
    else { throw RequestError(.badOption, "\(key.quoted) is given twice") }
  }

  /// What no single word can break.
  private func checkTogether(_ entry: VerbEntry) throws(RequestError) {
    if let last = entry.arguments.last, last.isRepeated, settings.isEmpty, keys.isEmpty {
      throw RequestError(.badArgument, "\(last.usage) is missing: \(entry.usage)")
    }
    guard verb == .report, count > 1 else { return }
    if outcome != .ok { throw RequestError(.badOption, "n goes with ok only: report each failure by itself") }
    if duration != nil { throw RequestError(.badOption, "n does not go with ms: report a timed call by itself") }
    if let token, token.permit != 0 {
      throw RequestError(.badOption, "n does not go with a permit's token: a permit is one call")
    }
  }

  private mutating func parse(_ argument: VerbEntry.Argument, _ word: Bytes) throws(RequestError) {
    switch argument {
    case .name:
      guard BreakerName.isValid(word) else {
        throw RequestError(.badName, "\(word.quoted) is not a name: \(BreakerName.rule)")
      }
      name = word
    case .glob, .optionalGlob:
      guard Glob(word) != nil else {
        throw RequestError(
          .badName, "\(word.quoted) is not a glob: 1 to \(Limits.glob) bytes of what names have, * and ?")
      }
      name = word
    case .outcome:
      if word.equals("ok") {
        outcome = .ok
      } else if word.equals("fail") {
        outcome = .fail
      } else if word.equals("ignore") {
        outcome = .ignore
      } else {
        throw RequestError(.badArgument, "\(word.quoted) is not an outcome: ok, fail or ignore")
      }
    case .token:
      guard let token = Token(word) else {
        throw RequestError(.badArgument, "\(word.quoted) is not a token: GEN or GEN.N, as allow gave it")
      }
      self.token = token
    case .verb:
      guard let verb = Verb.named(word) else { throw Self.unknownVerb(word, in: word) }
      topic = verb
    case .version:
      guard word.equals("1") else { throw RequestError(.badVersion, "max=1") }
    case .mode:
      if word.equals("open") {
        mode = .open
      } else if word.equals("closed") {
        mode = .closed
      } else if word.equals("observe") {
        mode = .observe
      } else {
        throw RequestError(.badArgument, "\(word.quoted) is not a mode: open, closed or observe")
      }
    case .level:
      ownTexts.level = String(decoding: word, as: UTF8.self)
    case .settings, .keys:
      break  // taken with the options, since options may stand between them
    }
  }

  private mutating func parse(_ option: VerbEntry.Option, _ value: Bytes?) throws(RequestError) {
    if case .quiet = option {
      guard value == nil else { throw RequestError(.badOption, "quiet takes no value") }
      isQuiet = true
      return
    }
    guard let value else { throw RequestError(.badOption, "\(option.key) has no value: \(option.usage)") }
    switch option {
    case .quiet: break
    case .lease: lease = try Self.duration(option, value)
    case .for: length = try Self.duration(option, value)
    case .ms: duration = .milliseconds(try Self.number(option, value, 0...Limits.milliseconds))
    case .age: age = .milliseconds(try Self.number(option, value, 0...Limits.milliseconds))
    case .n: count = Int(try Self.number(option, value, 1...Limits.count))
    case .limit: limit = Int(try Self.number(option, value, 1...Limits.page))
    case .cursor: cursor = Int(try Self.number(option, value, 0...1 << 60))
    case .since: since = Int(try Self.number(option, value, 0...Int.max))
    case .err: errorClass = try Self.text(Bytes(option.key), value, limit: Limits.word)
    case .client: ownTexts.client = try Self.text(Bytes(option.key), value, limit: Limits.word)
    case .name: ownTexts.instance = try Self.text(Bytes(option.key), value, limit: Limits.word)
    case .why: ownTexts.reason = try Self.text(Bytes(option.key), value, limit: Limits.reason)
    case .bound: isBound = try Self.isYes(option, value)
    case .prober: isProber = try Self.isYes(option, value)
    }
  }
}
