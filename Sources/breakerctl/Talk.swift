internal import BreakerClient
internal import BreakerProtocol
internal import Dispatch
internal import Synchronization

/// A conversation with the daemon, one request after the other, from a program that does nothing meanwhile.
final class Talk: Sendable {
  private let client: BreakerClient
  let socket: SocketChoice

  init(socket: SocketChoice, isBound: Bool = false, deadline: Duration) {
    self.socket = socket
    var configuration = BreakerClient.Configuration(socketPath: socket.path)
    configuration.isBound = isBound
    configuration.deadline = deadline
    configuration.logger = nil
    configuration.name = "breakerctl"
    client = BreakerClient(configuration: configuration)
  }

  /// The daemon's answer.
  func ask(_ line: RequestLine) throws(BreakerRequestError) -> ServerReply {
    let client = client
    return try Self.wait { () async -> Result<ServerReply, BreakerRequestError> in
      do throws(BreakerRequestError) { return .success(try await client.request(line)) } catch {
        return .failure(error)
      }
    }.get()
  }

  /// The words of an answer of one line.
  func line(_ line: RequestLine) throws(BreakerRequestError) -> Fields {
    switch try ask(line) {
    case .line(let fields): return fields
    case .list(let rows, _): return Fields(rows.map(\.text).joined(separator: " "))
    }
  }

  /// All rows of a list, page after page; an answer of one line is one row.
  func rows(_ request: RequestLine) throws(BreakerRequestError) -> [Fields] {
    var rows: [Fields] = []
    var line = request
    while true {
      switch try ask(line) {
      case .line(let fields): return rows + [fields]
      case .list(let page, let cursor):
        rows += page
        guard let cursor = cursor.flatMap(Int64.init) else { return rows }
        line = request
        line.add(.cursor, cursor)
      }
    }
  }

  /// Ends the conversation; what is bound to it goes back.
  func end() {
    let client = client
    Self.wait { await client.shutdown() }
  }

  private static func wait<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = ResultBox<Value>()
    Task.detached {
      let value = await work()
      result.value.withLock { $0 = value }
      done.signal()
    }
    while true {
      done.wait()
      if let value = result.value.withLock({ $0 }) { return value }
    }
  }
}

/// Where a value is left for another thread.
private final class ResultBox<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
}
