/// A decimal number as JSON writes them, digits × 10^exponent. Exact: no floating point is involved.
struct DecimalNumber {
  private var isNegative = false
  /// The first 19 digits that count; what more there are decides nothing that anybody could see.
  private var digits: UInt64 = 0
  private var exponent = 0

  /// Nil if the bytes are no such number.
  init?(_ bytes: Span<UInt8>) {
    var index = 0
    if bytes.count > 0, bytes[0] == UInt8(ascii: "-") {
      isNegative = true
      index = 1
    }
    guard take(&index, bytes, isFraction: false) else { return nil }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      guard take(&index, bytes, isFraction: true) else { return nil }
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      guard takePower(&index, bytes) else { return nil }
    }
    guard index == bytes.count else { return nil }
    if digits == 0 { (isNegative, exponent) = (false, 0) }
  }

  /// Takes digits, one at least.
  private mutating func take(_ index: inout Int, _ bytes: Span<UInt8>, isFraction: Bool) -> Bool {
    let start = index
    while index < bytes.count {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      if digits < Self.power(18) {
        digits = digits * 10 + UInt64(digit)
        if isFraction { exponent -= 1 }
      } else if !isFraction {
        exponent += 1
      }
      index += 1
    }
    return index > start
  }

  private mutating func takePower(_ index: inout Int, _ bytes: Span<UInt8>) -> Bool {
    index += 1
    let isSmall = index < bytes.count && bytes[index] == UInt8(ascii: "-")
    if isSmall || (index < bytes.count && bytes[index] == UInt8(ascii: "+")) { index += 1 }
    let start = index
    var power = 0
    while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 {
      // Far beyond any number that is taken, and far from an overflow.
      power = min(power * 10 + Int(bytes[index] &- UInt8(ascii: "0")), 1_000_000)
      index += 1
    }
    exponent += isSmall ? -power : power
    return index > start
  }

  /// The number × 10^`places`, to the nearest whole number; nil if it is negative, or too large for an `Int64`.
  func scaled(by places: Int) -> Int64? {
    guard !isNegative else { return nil }
    guard digits > 0 else { return 0 }
    let power = exponent + places
    guard power < 0 else {
      guard power < 20 else { return nil }
      let (product, overflow) = digits.multipliedReportingOverflow(by: Self.power(power))
      return overflow ? nil : Int64(exactly: product)
    }
    guard power > -20 else { return 0 }
    let divisor = Self.power(-power)
    let (quotient, rest) = digits.quotientAndRemainder(dividingBy: divisor)
    return Int64(exactly: rest >= divisor / 2 ? quotient + 1 : quotient)
  }

  /// The number, if it is a whole one that an `Int` holds and not negative.
  var whole: Int? {
    var (rest, power) = (digits, exponent)
    while power < 0, rest.isMultiple(of: 10), rest > 0 {
      rest /= 10
      power += 1
    }
    return power < 0 ? nil : scaled(by: 0).map { Int($0) }
  }

  /// The number, if it is 0 or more and less than 1.
  var share: Double? {
    guard !isNegative, digits > 0 else { return isNegative ? nil : 0 }
    guard exponent < 0 else { return nil }
    guard exponent > -20 else { return 0 }
    let divisor = Self.power(-exponent)
    return digits < divisor ? min(Double(digits) / Double(divisor), 1.nextDown) : nil
  }

  /// 10^`exponent`, which is at most 19.
  private static func power(_ exponent: Int) -> UInt64 {
    var power = UInt64(1)
    for _ in 0..<exponent { power *= 10 }
    return power
  }
}
