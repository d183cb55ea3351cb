import BreakerCore

/// The calls that have begun, by the names the trace gives them.
///
/// A call that has ended is remembered until some more have ended after it, so that a second report of it is told from
/// one of a name that was never heard.
struct CallTable {
  /// What a call was told when it asked.
  enum Answer {
    case allowed(Token)
    case refused
  }

  /// At most so many calls are under way.
  static let most = 1_000_000
  /// So many that have ended are remembered, and at times twice as many.
  static let remembered = 65_536

  private var underWay: [Label: Answer] = [:]
  private var ended: [Label: Answer] = [:]
  private var endedEarlier: [Label: Answer] = [:]

  /// A call begins, in place of an earlier one of this name.
  ///
  /// - Parameter generation: The breaker's current one.
  mutating func begin(_ label: Label, _ answer: Answer, generation: UInt64) throws(StepError) {
    if underWay.count >= Self.most { forgetStale(generation) }
    guard underWay.count < Self.most else {
      throw StepError(message: "more than \(Self.most) calls have begun and not ended: each begin needs its end")
    }
    underWay[label] = answer
  }

  /// What the call of this name was told, and whether this is its first end; nil if there is none.
  mutating func end(_ label: Label) -> (answer: Answer, isFirst: Bool)? {
    guard let answer = underWay.removeValue(forKey: label) else {
      return (ended[label] ?? endedEarlier[label]).map { ($0, false) }
    }
    if ended.count >= Self.remembered { (endedEarlier, ended) = (ended, [:]) }
    ended[label] = answer
    return (answer, true)
  }

  /// Lets go of the calls whose report would mean nothing any more.
  private mutating func forgetStale(_ generation: UInt64) {
    let current = Token(generation: generation)
    underWay = underWay.filter { _, answer in
      switch answer {
      case .allowed(let token): token.permit != 0 || token == current
      case .refused: false
      }
    }
  }
}
