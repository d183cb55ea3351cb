/// What a step came to, or some of it: the members of a line that `breakerd simulate --json` prints.
struct StepOutcome: Decodable, Equatable, Sendable {
  /// A member's value.
  enum Figure: Equatable, Sendable {
    case none
    case number(Double)
    case word(String)
    case counts([String: Int])
  }

  private var figures: [String: Figure]

  init(from decoder: any Decoder) throws {
    figures = try decoder.singleValueContainer().decode([String: Figure].self)
  }

  /// Whether everything that `other` says is so in this one.
  func agrees(with other: StepOutcome) -> Bool {
    other.figures.allSatisfy { key, wanted in
      guard case .counts(let wantedCounts) = wanted, case .counts(let counts) = figures[key] else {
        return figures[key] == wanted
      }
      return wantedCounts.allSatisfy { counts[$0] == $1 }
    }
  }

  /// Only the members that `other` has as well.
  func limited(to other: StepOutcome) -> StepOutcome {
    var limited = self
    limited.figures = figures.filter { other.figures[$0.key] != nil }
    return limited
  }

  /// With the members of `other` in place of its own.
  func overlaid(by other: StepOutcome) -> StepOutcome {
    var overlaid = self
    overlaid.figures.merge(other.figures) { $1 }
    return overlaid
  }
}

extension StepOutcome.Figure: Decodable {
  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .none
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let word = try? value.decode(String.self) {
      self = .word(word)
    } else {
      self = .counts(try value.decode([String: Int].self))
    }
  }
}
