internal import BreakerCore

extension Duration {
  /// The core's form: whole microseconds, rounded down.
  var timespan: Timespan {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    guard !overflow else { return Timespan(microseconds: seconds > 0 ? .max : .min) }
    let (sum, tooMuch) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000)
    return Timespan(microseconds: tooMuch ? (seconds > 0 ? .max : .min) : sum)
  }

  /// For a message: milliseconds below a second, else seconds with a decimal, or minutes and seconds.
  var shortText: String {
    let milliseconds = max(timespan.millisecondsRoundedUp, 0)
    if milliseconds < 1_000 { return "\(milliseconds) ms" }
    let tenths = (milliseconds + 99) / 100
    if tenths < 600 { return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s" }
    let seconds = (milliseconds + 999) / 1_000
    return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
  }
}

extension Timespan {
  /// The standard library's form.
  var duration: Duration { .microseconds(microseconds) }
}
