#if canImport(Musl)
  public import Musl
#else
  public import Glibc
#endif

/// The clock that boards are read by.
public enum BoardClock {
  /// CLOCK_MONOTONIC_COARSE in nanoseconds: some milliseconds behind at most, and several times cheaper than the exact one.
  @inlinable @inline(__always) public static var coarse: UInt64 { read(CLOCK_MONOTONIC_COARSE) }

  /// CLOCK_MONOTONIC in nanoseconds.
  @inlinable @inline(__always) public static var exact: UInt64 { read(CLOCK_MONOTONIC) }

  @inlinable @inline(__always) static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
  }
}
