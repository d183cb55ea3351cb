internal import BreakerCore
internal import BreakerProtocol

/// What a connection is given to decide by.
struct ConnectionSettings: Sendable {
  /// The first request of each connection.
  var hello: RequestLine
  /// How long the reply to it may take.
  var deadline: Timespan
  /// How long a connection may owe a reply after a request has timed out, before it is given up.
  var stallLimit = Timespan.seconds(1)
  /// The wait before the first new try to connect; it doubles with each that fails.
  var firstBackoff = Timespan.milliseconds(10)
  /// The longest wait between tries.
  var longestBackoff = Timespan.seconds(1)
  /// The most requests without reply.
  var maximumRequests = 10_000
  /// The most reports that wait to be sent.
  var maximumReports = 1_000
  /// How long the log stays silent after a line about the same thing.
  var complaintInterval = Timespan.seconds(60)
  /// The tag of the first request.
  var firstTag: UInt32
  /// A number from 0 up to, not including, 1, new at each call; for the jitter.
  var chance: @Sendable () -> Double = { .random(in: 0..<1) }
}
