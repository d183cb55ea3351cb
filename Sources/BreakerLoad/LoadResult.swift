public import Histogram

/// What a load has come to.
public struct LoadResult {
  /// Requests that were answered while it was measured.
  public var requests = 0
  /// Those of them that were answered with an error.
  public var errors = 0
  /// How long was measured.
  public var elapsed = Duration.zero
  /// From the sending of a batch of requests to the last of its replies, in nanoseconds; one value for each request. With
  /// a connection of its own for each batch, connecting and closing are in it.
  public var latency = Histogram<UInt64>(
    lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
  /// How long the server's threads ran meanwhile; nil: that cannot be told.
  public var serverTime: Duration?

  /// Requests a second.
  public var rate: Double { Double(requests) / max(elapsed / .seconds(1), 1e-9) }

  /// The server's processor time for each request, in nanoseconds; nil: that cannot be told.
  public var serverNanoseconds: Double? { serverTime.map { $0 / .nanoseconds(1) / Double(max(requests, 1)) } }

  /// The latency in nanoseconds that so many percent of the requests did not exceed.
  public func latency(percentile: Double) -> UInt64 { latency.valueAtPercentile(percentile) }
}
