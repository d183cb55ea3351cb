internal import BreakerCore
internal import BreakerProtocol
internal import BreakerStore

/// Dropping the breakers that nobody uses any more.
extension Engine {
  /// How many names that are gone may wait for the store.
  var canForget: Bool { journal.waitingRemovals < limits.breakers }

  /// Has idle breakers looked for, sixteen times in the shortest time after which one is dropped, so that none stays much
  /// longer; and not more often than seconds can tell, nor less often than hourly.
  func planForgetting() {
    guard let shortest = ruleset.forgetAfter else {
      forgetAt = .never
      return
    }
    forgetAt = moment.now + min(max(Timespan(microseconds: shortest.microseconds / 16), .seconds(1)), .seconds(3_600))
    armTimer()
  }

  /// Drops what is idle, a slice a turn.
  func forgetIdle(from cursor: Int = 0) {
    // What is still to come from the store would bring it back.
    guard durability.isLoaded, canForget else { return planForgetting() }
    var next = cursor
    var forgotten = 0
    for slot in table.slots.slice(from: cursor, limit: limits.slice) where forgotten < limits.changes {
      next = slot + 1
      guard let entry = table.slots[slot], isIdle(entry) else { continue }
      forgotten += 1
      // Numbered for those who watch, but no event: they would drive out those that somebody looks for.
      tellForgotten(entry, event(of: entry, .act(.forget, "cause=idle")))
      saveRemoval(of: entry, nil)
      remove(entry)
    }
    counters.forgotten &+= UInt64(forgotten)
    guard table.slots.isEnd(next) else {
      turns.add {
        self.tick()
        self.forgetIdle(from: next)
      }
      return
    }
    planForgetting()
  }

  /// Whether the breaker has done nothing for as long as its policy says, and would not be missed.
  private func isIdle(_ entry: Entry) -> Bool {
    guard let limit = entry.breaker.policy.forgetAfter, entry.overrides == nil else { return false }
    switch entry.breaker.state {
    case .closed, .halfOpen: break
    case .open, .forcedOpen, .forcedClosed, .observe: return false
    }
    // Both seconds had begun, but may not have been over.
    let idle = Timespan.seconds(Int64(second &- entry.usedAt) - 1)
    return idle >= limit && entry.breaker.callsOut == 0
  }
}
