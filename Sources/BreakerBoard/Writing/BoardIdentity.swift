/// What all files of one run of the daemon have in common.
public struct BoardIdentity: Sendable {
  /// A random number, so that a reader sees that the daemon has been started anew.
  public let epoch: UInt64
  /// A random number that the hash of each name begins with.
  public let seed: UInt64
  /// What retry times are counted from: the start, in nanoseconds of CLOCK_MONOTONIC.
  public let base: UInt64

  /// The identity of a run that starts at `base`.
  public init(epoch: UInt64, seed: UInt64, base: UInt64) {
    self.epoch = epoch
    self.seed = seed
    self.base = base
  }
}
