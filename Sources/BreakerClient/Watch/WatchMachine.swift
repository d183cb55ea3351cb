internal import BreakerProtocol

/// Decides what the lines on a watching connection mean. Its first two requests are `hello` and `watch`.
struct WatchMachine {
  /// Where the connection stands.
  enum State: Equatable {
    /// `hello` was sent. Its reply leads to `asking`; anything else to `ended`.
    case greeting
    /// `watch` was sent. The head of its list leads to `listing`, or to `watching` if it is empty; anything else to `ended`.
    case asking
    /// The rows of the first page come. The last leads to `watching`; anything but a row to `ended`.
    case listing(remaining: Int, cursor: String?)
    /// Events come. Anything else leads to `ended`.
    case watching
    /// Nothing that comes is looked at. The end.
    case ended
  }

  /// What follows from a line.
  enum Step: Equatable {
    case nothing
    /// The first page is here; where the list goes on.
    case begun([Fields], cursor: String?)
    case event(BreakerEvent)
    case ended(BreakerRequestError)
  }

  private(set) var state = State.greeting
  private var rows: [Fields] = []
  /// The socket, for errors.
  let socketPath: String

  init(socketPath: String) { self.socketPath = socketPath }

  /// A line came.
  mutating func received(_ line: ServerLine) -> Step {
    if case .ended = state { return .nothing }
    if line.kind == .fatal {
      let (code, text) = line.codeAndText
      return end(.closedByDaemon(code: code, text: text))
    }
    switch (state, line.kind) {
    case (.greeting, .reply):
      state = .asking
      return .nothing
    case (.greeting, .error), (.asking, .error):
      let (code, text) = line.codeAndText
      state = .ended
      return .ended(.refused(code: code, text: text))
    case (.asking, .list):
      guard let (count, cursor) = line.listHeader else { return end(.notBreakerd(line.text)) }
      return list(remaining: count, cursor: cursor)
    case (.listing(let remaining, let cursor), .row):
      rows.append(Fields(line.text))
      return list(remaining: remaining - 1, cursor: cursor)
    case (.watching, .event):
      return BreakerEvent(Fields(line.text)).map { .event($0) } ?? .nothing
    case (.greeting, _), (.asking, _), (.listing, _), (.watching, _), (.ended, _):
      return end(.notBreakerd(line.text))
    }
  }

  /// Something came that is no line of the protocol.
  mutating func receivedGarbage(_ bytes: Bytes) -> Step {
    end(.notBreakerd(String(decoding: bytes.prefix(40), as: UTF8.self)))
  }

  /// The connection is over, or is not to be waited for.
  mutating func end(_ reason: BreakerUnavailable.Reason) -> Step {
    if case .ended = state { return .nothing }
    state = .ended
    rows = []
    return .ended(.unavailable(BreakerUnavailable(reason, socketPath: socketPath)))
  }

  private mutating func list(remaining: Int, cursor: String?) -> Step {
    guard remaining <= 0 else {
      state = .listing(remaining: remaining, cursor: cursor)
      return .nothing
    }
    state = .watching
    defer { rows = [] }
    return .begun(rows, cursor: cursor)
  }
}
