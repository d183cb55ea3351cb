/// What can be asked. The order is that of ``VerbEntry/table``.
public enum Verb: UInt8, CaseIterable, Sendable {
  case allow, report, denied
  case state, show, why, policy, list, events, watch, unwatch
  case hello, ping, help, stats, metrics, health, quit
  case reset, force, release, set, unset, forget, reload, clients, loglevel, sync, backup

  /// Its row in the table.
  public var entry: VerbEntry { VerbEntry.table[Int(rawValue)] }

  /// The verb with this word.
  static func named(_ word: Bytes) -> Verb? {
    for entry in VerbEntry.table where word.equals(entry.word) { return entry.verb }
    return nil
  }
}

/// One row of the table of verbs: parsing, access, `help`, and the documentation all come from it.
public final class VerbEntry: Sendable {
  /// The verb.
  public let verb: Verb
  /// Its word on the wire.
  public let word: StaticString
  /// The words that follow it, in order.
  public let arguments: [Argument]
  /// The options that may follow those, in any order.
  public let options: [Option]
  /// The least role that may use it.
  public let role: Role
  /// One line of help.
  public let help: String

  init(
    verb: Verb, word: StaticString, arguments: [Argument], options: [Option], role: Role, help: String
  ) {
    self.verb = verb
    self.word = word
    self.arguments = arguments
    self.options = options
    self.role = role
    self.help = help
  }

  /// Word, arguments and options, as in a manual.
  public var usage: String {
    let words = [word.description] + arguments.map(\.usage) + options.map { "[\($0.usage)]" }
    return words.joined(separator: " ")
  }

  /// A word after the verb.
  public enum Argument: Sendable {
    case name, glob, optionalGlob, outcome, token, verb, version, mode, level, settings, keys

    /// Whether it may be left out.
    public var isOptional: Bool {
      switch self {
      case .optionalGlob, .token, .verb: true
      case .name, .glob, .outcome, .version, .mode, .level, .settings, .keys: false
      }
    }

    /// Whether it stands for one word or more.
    public var isRepeated: Bool {
      switch self {
      case .settings, .keys: true
      case .name, .glob, .optionalGlob, .outcome, .token, .verb, .version, .mode, .level: false
      }
    }

    /// As in a manual.
    public var usage: String {
      switch self {
      case .name: "NAME"
      case .glob: "GLOB"
      case .optionalGlob: "[GLOB]"
      case .outcome: "ok|fail|ignore"
      case .token: "[TOKEN]"
      case .verb: "[VERB]"
      case .version: "1"
      case .mode: "open|closed|observe"
      case .level: "LEVEL"
      case .settings: "KEY=VALUE..."
      case .keys: "KEY..."
      }
    }
  }

  /// An option, `key=value`, or the word `quiet`.
  public enum Option: Sendable, CaseIterable {
    case lease, ms, n, age, err, quiet, limit, cursor, since, client, bound, prober, name, `for`, why

    /// Its key on the wire.
    public var key: StaticString {
      switch self {
      case .lease: "lease"
      case .ms: "ms"
      case .n: "n"
      case .age: "age"
      case .err: "err"
      case .quiet: "quiet"
      case .limit: "limit"
      case .cursor: "cursor"
      case .since: "since"
      case .client: "client"
      case .bound: "bound"
      case .prober: "prober"
      case .name: "name"
      case .for: "for"
      case .why: "why"
      }
    }

    /// As in a manual.
    public var usage: String {
      switch self {
      case .lease: "lease=DURATION"
      case .ms: "ms=MS"
      case .n: "n=COUNT"
      case .age: "age=MS"
      case .err: "err=WORD"
      case .quiet: "quiet"
      case .limit: "limit=COUNT"
      case .cursor: "cursor=CURSOR"
      case .since: "since=SEQ"
      case .client: "client=NAME/VERSION"
      case .bound: "bound=yes|no"
      case .prober: "prober=yes|no"
      case .name: "name=WORD"
      case .for: "for=DURATION"
      case .why: "why=TEXT"
      }
    }
  }
}
