extension Policy: Equatable {
  /// Whether breakers that follow them behave alike.
  public static func == (left: Policy, right: Policy) -> Bool {
    left === right
      || left.trip == right.trip && left.open == right.open && left.halfOpen == right.halfOpen
        && left.recovery == right.recovery && left.check == right.check && left.ramp == right.ramp
        && left.calls == right.calls && left.shadow == right.shadow && left.forgetAfter == right.forgetAfter
  }
}
