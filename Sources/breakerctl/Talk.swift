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
    configuration.useBoard = false
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
    try pages(request) { page in
      rows += page
      return true
    }
    return rows
  }

  /// One page of a list after the other; an answer of one line is a page of one row.
  ///
  /// - Parameters:
  ///   - option: How the request says where a page begins.
  ///   - start: Where the first begins; nil: at the beginning.
  ///   - take: Is given each page, and says whether to go on.
  func pages(
    _ request: RequestLine, by option: VerbEntry.Option = .cursor, from start: Int64? = nil,
    _ take: ([Fields]) -> Bool
  ) throws(BreakerRequestError) {
    var position = start
    while true {
      var line = request
      if let position { line.add(option, position) }
      switch try ask(line) {
      case .line(let fields):
        _ = take([fields])
        return
      case .list(let page, let cursor):
        guard take(page), let next = cursor.flatMap(Int64.init) else { return }
        position = next
      }
    }
  }

  /// Ends the conversation; what is bound to it goes back.
  func end() {
    let client = client
    Self.wait { await client.shutdown() }
  }

  /// Waits for async work; its thread does nothing meanwhile.
  static func wait<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) -> Value {
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
final class ResultBox<Value: Sendable>: Sendable {
  let value = Mutex<Value?>(nil)
}
