/// A decimal number as written: digits, then perhaps a point and more digits. Exact; no floating point is involved.
package struct DecimalText {
  private let whole: Substring
  /// Without zeros at its end.
  private let fraction: Substring

  /// What ``steps(per:)`` finds.
  package enum Steps: Equatable {
    case exact(Int64)
    case tooFine
    case tooLarge
  }

  /// Nil if `text` is no such number.
  package init?(_ text: Substring) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }) else { return nil }
    var fraction = parts.count == 2 ? parts[1] : ""
    while fraction.last == "0" { fraction.removeLast() }
    self.whole = parts[0]
    self.fraction = fraction
  }

  /// The number as a count of steps, of which `scale` make a one.
  package func steps(per scale: UInt64) -> Steps {
    guard let whole = UInt64(whole) else { return .tooLarge }
    let (steps, overflow) = whole.multipliedReportingOverflow(by: scale)
    guard !overflow, steps <= Int64.max else { return .tooLarge }
    guard !fraction.isEmpty else { return .exact(Int64(steps)) }
    // 10^18 is the last power of ten below Int64.max; no scale in use is divided by as many tens.
    guard fraction.utf8.count <= 18, let part = UInt64(fraction) else { return .tooFine }
    let one = fraction.utf8.reduce(into: UInt64(1)) { power, _ in power *= 10 }
    let (more, rest) = one.dividingFullWidth(part.multipliedFullWidth(by: scale))
    guard rest == 0 else { return .tooFine }
    guard let sum = Int64(exactly: steps + more) else { return .tooLarge }
    return .exact(sum)
  }

  /// `steps`, of which 10^`places` make a one, as a decimal number without needless zeros.
  package static func format(_ steps: some BinaryInteger, places: Int) -> String {
    var digits = String(steps.magnitude)
    digits = String(repeating: "0", count: max(places + 1 - digits.utf8.count, 0)) + digits
    let whole = digits.dropLast(places)
    var fraction = digits.suffix(places)
    while fraction.last == "0" { fraction.removeLast() }
    return (steps < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
  }

  package static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
