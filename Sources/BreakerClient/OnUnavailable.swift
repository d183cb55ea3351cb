/// What a call does when the daemon cannot be asked.
public enum OnUnavailable: Hashable, Sendable {
  /// It passes, as if there were no breaker.
  case allow
  /// It is refused.
  case deny
  /// This process judges by itself: so many failures in a row of one breaker refuse its calls for `duration`; then one
  /// call in each `duration` passes, until one succeeds.
  case local(failures: Int, duration: Duration)

  /// ``local(failures:duration:)`` with 5 failures and 30 seconds.
  public static let local = OnUnavailable.local(failures: 5, duration: .seconds(30))
}
