extension Policy: Equatable {
  /// Whether breakers that follow them behave alike.
  public static func == (left: Policy, right: Policy) -> Bool {
    left === right
      || left.trip == right.trip && left.open == right.open && left.halfOpen == right.halfOpen
        && left.recovery == right.recovery && left.forgetAfter == right.forgetAfter
  }
}
