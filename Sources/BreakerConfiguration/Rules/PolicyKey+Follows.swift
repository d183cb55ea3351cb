extension PolicyKey {
  /// The key whose value this one takes where no layer gives it one, or where the one given cannot stand beside it.
  var follows: PolicyKey? { Self.followed[self] }

  private static let followed: [PolicyKey: PolicyKey] = [
    .openResetAfter: .openDuration, .openMaxDuration: .openDuration, .halfOpenMaxLease: .halfOpenLease,
    .tripMinimumCalls: .tripWindowCalls, .shadowMinimumCalls: .shadowWindowCalls,
  ]
}
