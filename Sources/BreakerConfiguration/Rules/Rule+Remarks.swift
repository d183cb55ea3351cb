internal import BreakerCore

extension Rule {
  /// What is allowed, but can hardly be meant: keys of `layers`, some of its own, that change nothing.
  ///
  /// - Parameter areFinal: Whether no entry can put other keys beside those of `layers`, which do change something then.
  func remarks(on layers: [Layer], areFinal: Bool) -> [(key: PolicyKey, message: String)] {
    var remarks: [(PolicyKey, String)] = []
    func look(_ keys: [PolicyKey], _ message: String) {
      let given = keys.first { key in layers.contains { $0.settings.gives(key) } }
      if let given { remarks.append((given, "\(given) changes nothing: \(message)")) }
    }
    if let overdue = policy.calls.overdue, overdue > policy.calls.lease {
      look(
        [.overdue, .concurrencyLease],
        "calls are watched for concurrency.lease, \(policy.calls.lease.notation), which is shorter than overdue, "
          + "\(overdue.notation), unless they ask for a longer lease; give concurrency.lease=\(overdue.notation) or more"
      )
    }
    if areFinal, !policy.calls.areTracked {
      look([.concurrencyLease], "there is neither concurrency.limit nor overdue beside it")
    }
    if areFinal, policy.check == nil {
      look(
        [.checkInterval, .checkAttempts, .checkLatch, .checkTimeout, .checkHTTP, .checkExpect, .checkTCP],
        "recovery is \(policy.recovery.rawValue); give recovery=check too")
    }
    let lumping: [PolicyKey] = [.lump, .tripWindowTime, .tripWindowBuckets, .tripMinimumCalls]
    for rule in policy.trip.unreachableForLump
    where layers.contains(where: { layer in (lumping + [rule.key]).contains { layer.settings.gives($0) } }) {
      remarks.append((rule.key, "\(rule.key) never holds: it \(rule.message)"))
    }
    // A shadow opens nothing, so its rules may ask for anything; but for what never comes they ask in vain.
    for rule in policy.shadow?.unreachableForLump ?? [] {
      guard let key = rule.key.shadow, layers.contains(where: { $0.settings.gives(key) }) else { continue }
      remarks.append((key, "\(key) never holds: it \(rule.message)"))
    }
    return remarks
  }
}
