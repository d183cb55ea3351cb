internal import ArgumentParser
internal import BreakerCore

/// A duration on the command line: a decimal number and `ms`, `s`, `m`, `h` or `d`, more than 0.
struct LengthOfTime: ExpressibleByArgument, Equatable {
  /// Its length, at most ten years.
  let timespan: Timespan

  init?(argument: String) {
    guard let timespan = try? Timespan(parsing: argument, in: Timespan(microseconds: 1) ... .longest) else {
      return nil
    }
    self.timespan = timespan
  }

  /// So many seconds.
  static func seconds(_ count: Int64) -> LengthOfTime { LengthOfTime(timespan: .seconds(count)) }

  private init(timespan: Timespan) { self.timespan = timespan }

  /// The standard library's form.
  var duration: Duration { .microseconds(timespan.microseconds) }

  var defaultValueDescription: String { timespan.notation }
}
