extension Timespan {
  /// placeholder
  public init?(notation: String) {
    guard notation.hasSuffix("ms") ? Int64(notation.dropLast(2)) != nil : Int64(notation.dropLast(1)) != nil else {
      return nil
    }
    if notation.hasSuffix("ms") {
      self = .milliseconds(Int64(notation.dropLast(2)) ?? 0)
    } else {
      self = .seconds(Int64(notation.dropLast(1)) ?? 0)
    }
  }
}
