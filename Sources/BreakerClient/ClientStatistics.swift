/// What a client has done since it was made. All are counts.
public struct ClientStatistics: Equatable, Sendable {
  /// Requests that a program made.
  public var requests = 0
  /// Of these, how many the daemon did not answer, or answered `allow` with an error.
  public var unavailable = 0
  /// Of these, how many waited for their whole deadline.
  public var timeouts = 0
  /// How often the daemon was found hanging.
  public var stalls = 0
  /// Connections made.
  public var connections = 0
  /// Replies that came after their deadline.
  public var lateReplies = 0
  /// Permits in such replies, given back at once.
  public var permitsReturned = 0
  /// Boards opened.
  public var boards = 0
  /// Calls refused by the board, without asking.
  public var deniedLocally = 0
  /// Reports written to the socket; one of several calls is one.
  public var reportsSent = 0
  /// Reports that the daemon refused.
  public var reportsRefused = 0
  /// Outcomes and refusals of calls lost: more of them than can be kept while there is no daemon, or held or made when the client
  /// was shut down.
  public var reportsDropped = 0
  /// Requests that wait for their reply now.
  public var requestsInFlight = 0
  /// Reports that wait for a connection now.
  public var reportsWaiting = 0

  /// Nothing yet.
  public init() {}
}
