internal import BreakerProtocol
internal import NIOCore

extension BreakerClient {
  /// Has the daemon tell what happens to breakers, on a connection of its own; for tools.
  ///
  /// - Parameters:
  ///   - glob: Which breakers, with `*` and `?`; nil: all.
  ///   - deadline: How long to wait for the daemon to begin, connecting included; nil: the configured deadline.
  /// - Returns: The first page of the breakers as they are, and what happens from then on.
  /// - Throws: ``BreakerRequestError``: the daemon cannot be asked, or refuses.
  public func watch(
    _ glob: String? = nil, deadline: Duration? = nil
  ) async throws(BreakerRequestError) -> BreakerWatch {
    var line = RequestLine(.watch)
    do {
      if let glob { try line.add(glob) }
    } catch {
      throw .refused(code: ErrorCode.badName.rawValue, text: error.description)
    }
    let requests = [Self.hello(configuration), line]
    let path = configuration.socketPath ?? SocketPath.forClients
    let deadline = deadline ?? configuration.deadline
    let result = await withCheckedContinuation { (opening: WatchHandler.Opening) in
      loop.execute { [loop] in WatchHandler.open(path, requests, deadline: deadline, on: loop, opening) }
    }
    return try result.get()
  }
}
