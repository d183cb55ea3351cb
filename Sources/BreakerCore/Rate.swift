/// A share of calls, from 0 % to 100 %, in steps of a hundredth of a percent, compared without rounding.
public struct Rate: Hashable, Sendable {
  /// The share in hundredths of a percent, 0 to 10,000.
  public let basisPoints: Int

  /// The share of `basisPoints` hundredths of a percent.
  ///
  /// - Parameter basisPoints: 0 to 10,000; brought into that range if it lies outside.
  public init(basisPoints: Int) { self.basisPoints = min(max(basisPoints, 0), 10_000) }

  /// Whether `part` of `total` is this share or more. Nothing of nothing is no share.
  @inline(__always)
  public func isReached(by part: Int, of total: Int) -> Bool {
    guard total > 0 else { return false }
    let (left, overflow) = part.multipliedReportingOverflow(by: 10_000)
    let (right, overflowRight) = total.multipliedReportingOverflow(by: basisPoints)
    guard overflow || overflowRight else { return left >= right }
    return Double(part) / Double(total) >= Double(basisPoints) / 10_000
  }
}
