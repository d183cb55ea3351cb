internal import BreakerCore

extension ChildProcess.End {
  /// What this end says about the dependency, and the class of the failure.
  ///
  /// - Parameter slow: A success that took at least this long counts as a failure; nil: none does.
  func judgement(slow: Duration?) -> (Outcome, errorClass: String?) {
    if hasTimedOut { return (.fail, "timeout") }
    // A signal that the command did not mind changes nothing: it has succeeded all the same.
    if status != 0, wasInterrupted { return (.ignore, nil) }
    if status != 0 { return (.fail, signal != 0 ? "signal-\(signal)" : "exit-\(status)") }
    if let slow, duration >= slow { return (.fail, "slow") }
    return (.ok, nil)
  }
}
