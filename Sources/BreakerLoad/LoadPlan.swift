/// What a load on a socket consists of.
public struct LoadPlan: Sendable {
  /// The server's socket.
  public var socketPath: String
  /// How many connections are used at once, all from one thread.
  public var connections = 1
  /// How many requests are sent before their replies are read.
  public var depth = 1
  /// The requests, each a line without its end. They are sent in this order, over and over; each connection begins at
  /// another one.
  public var requests: [String]
  /// How many lines a reply has.
  public var linesPerReply = 1
  /// Whether each batch of requests has a connection of its own, as where processes remember nothing between requests.
  public var reconnects = false
  /// Whether it looks for replies again and again instead of sleeping until some come. On a processor of its own: the server
  /// then never has to wake it, which on a virtual machine can cost more than all else the server does.
  public var spins = false
  /// How long is measured.
  public var duration = Duration.seconds(1)
  /// How long the load is there before that.
  public var warmUp = Duration.milliseconds(200)

  /// One connection that sends these requests one at a time.
  public init(socketPath: String, requests: [String]) {
    self.socketPath = socketPath
    self.requests = requests
  }
}
