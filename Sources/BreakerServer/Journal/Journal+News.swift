internal import BreakerStore

extension Journal {
  /// What the engine is told, on its own thread.
  enum News: Sendable {
    /// Numbers from these on are free to use, up to the bounds. Comes before what is kept of breakers, and again if it
    /// could not be stored that these are taken.
    case numbers(StartNumbers)
    /// So many breakers of an earlier run come next.
    case coming(breakers: Int)
    /// What is kept of breakers of an earlier run.
    case breakers([Snapshot])
    /// All rows have been told, and the store takes changes.
    case loaded(damages: [Damage])
    /// Something was found to be damaged after that.
    case damaged(Damage)
    /// Everything up to this ticket is durable.
    case committed(ticket: UInt64)
    /// The store does not take changes now.
    case failed(String)
    /// The store's file is gone, and with it all that was durable. When there is another, numbers, rows and `loaded`
    /// come again.
    case lost(String)
  }

  /// Where numbers go on in this run.
  struct StartNumbers: Sendable {
    let generation: UInt64
    let generationBound: UInt64
    let sequence: UInt64
    let sequenceBound: UInt64

    /// For the store.
    var bounds: StoredCounters {
      StoredCounters(generation: Int64(clamping: generationBound), sequence: Int64(clamping: sequenceBound))
    }
  }
}
