internal import ArgumentParser

/// A duration on the command line: a decimal number and `ms`, `s`, `m`, `h` or `d`.
struct LengthOfTime: ExpressibleByArgument, Equatable {
  /// Its length, more than 0 and at most ten years.
  let duration: Duration
  let defaultValueDescription: String

  init?(argument: String) {
    let number = argument.prefix { $0.isASCII && $0.isNumber || $0 == "." }
    guard let milliseconds = Self.units[String(argument[number.endIndex...])] else { return nil }
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }), let value = Double(number) else { return nil }
    let microseconds = (value * milliseconds * 1_000).rounded()
    guard microseconds >= 1, microseconds <= 3_650 * 86_400 * 1e6 else { return nil }
    duration = .microseconds(Int64(microseconds))
    defaultValueDescription = argument
  }

  private static let units: [String: Double] = ["ms": 1, "s": 1e3, "m": 60e3, "h": 3_600e3, "d": 86_400e3]
}
