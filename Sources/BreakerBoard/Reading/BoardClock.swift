#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The clock that boards are read by.
public enum BoardClock {
  /// CLOCK_MONOTONIC_COARSE in nanoseconds: some milliseconds behind at most, and several times cheaper than the exact one.
  public static var coarse: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
