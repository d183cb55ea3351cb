import BreakerCore

/// What two policies have in common if they are the same.
struct Parts: Equatable {
  let trip: Policy.Trip
  let open: Policy.Open
  let halfOpen: Policy.HalfOpen
  let recovery: Policy.Recovery
  let forgetAfter: Timespan?

  init(_ policy: Policy) {
    trip = policy.trip
    open = policy.open
    halfOpen = policy.halfOpen
    recovery = policy.recovery
    forgetAfter = policy.forgetAfter
  }
}
