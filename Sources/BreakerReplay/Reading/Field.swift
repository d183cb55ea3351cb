/// The fields of a trace's line.
enum Field: UInt8, CaseIterable {
  case time, act, id, outcome, duration, count, connection, length, chance, age

  /// As it is written.
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

  init?(_ name: Span<UInt8>) {
    for field in Field.allCases where name.equals(field.name) {
      self = field
      return
    }
    return nil
  }
}

/// The words that ``Field/act`` takes.
enum ActWord: CaseIterable {
  case call, begin, end, report, peek, drop, reset, forceOpen, forceClosed, observe, release

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
