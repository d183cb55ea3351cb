import BreakerCore
import BreakerProtocol

/// A word of which there are a few, and one is meant.
protocol Word: Sendable {
  /// All of them. An array that is made once: this is looked through several times a line.
  static var words: [Self] { get }
  /// As it is written.
  var name: StaticString { get }
}

extension Word {
  /// The word of these bytes; nil if there is none.
  init?(_ bytes: Span<UInt8>) {
    for word in Self.words where bytes.equals(word.name) {
      self = word
      return
    }
    return nil
  }

  /// What to write for a word that is none of them.
  static func advice(_ written: String) -> String { Spelling.advice(written, words.map(\.name)) }
}

/// The fields of a trace's line.
enum Field: UInt8, CaseIterable, Word {
  case time, act, id, outcome, duration, count, connection, length, chance, age

  static let words = allCases

  var name: StaticString {
    switch self {
    case .time: "t"
    case .act: "do"
    case .id: "id"
    case .outcome: "out"
    case .duration: "ms"
    case .count: "n"
    case .connection: "conn"
    case .length: "for"
    case .chance: "rand"
    case .age: "age"
    }
  }
}

/// The words that ``Field/act`` takes.
enum ActWord: CaseIterable, Word {
  case call, begin, end, report, peek, drop, reset, forceOpen, forceClosed, observe, release

  static let words = allCases

  var name: StaticString {
    switch self {
    case .call: "call"
    case .begin: "begin"
    case .end: "end"
    case .report: "report"
    case .peek: "peek"
    case .drop: "drop"
    case .reset: "reset"
    case .forceOpen: "force-open"
    case .forceClosed: "force-closed"
    case .observe: "observe"
    case .release: "release"
    }
  }
}

extension Outcome: Word {
  static let words = allCases

  var name: StaticString {
    switch self {
    case .ok: "ok"
    case .fail: "fail"
    case .ignore: "ignore"
    }
  }
}
