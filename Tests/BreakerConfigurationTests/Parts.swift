import BreakerCore

/// What two policies have in common if they are the same.
struct Parts: Equatable {
  let trip: Policy.Trip
  let open: Policy.Open
  let halfOpen: Policy.HalfOpen
  let recovery: Policy.Recovery
  let check: Policy.Check?
  let ramp: Policy.Ramp?
  let calls: Policy.Calls
  let shadow: Policy.Trip?
  let forgetAfter: Timespan?

  init(_ policy: Policy) {
    trip = policy.trip
    open = policy.open
    halfOpen = policy.halfOpen
    recovery = policy.recovery
    check = policy.check
    ramp = policy.ramp
    calls = policy.calls
    shadow = policy.shadow
    forgetAfter = policy.forgetAfter
  }
}
