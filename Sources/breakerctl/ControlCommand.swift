internal import ArgumentParser
internal import BreakerClient
internal import BreakerProtocol

/// A command of breakerctl: it asks, prints, and says what to exit with.
protocol ControlCommand: ParsableCommand {
  var root: Breakerctl { get }
  var options: CommonOptions { get }
  /// Which socket it would rather use; the admin socket unless said.
  static var order: SocketOrder { get }

  /// Does it.
  ///
  /// - Returns: What to exit with.
  /// - Throws: ``Failure``, ``BreakerRequestError`` or ``RequestLineError``.
  func act(_ console: Console, _ socket: SocketChoice) throws -> Int32
}

extension ControlCommand {
  static var order: SocketOrder { .adminsFirst }

  func run() throws {
    let common = options.merged(with: root.options)
    let console = Console(json: common.json, noColor: common.noColor)
    var socket = SocketChoice(option: common.socket, order: Self.order)
    let status: Int32
    do {
      do {
        status = try act(console, socket)
      } catch let error as BreakerRequestError where Self.order == .adminsIfFree && error.isForWantOfPlace {
        guard let other = socket.everybodys else { throw error }
        socket = other
        status = try act(console, socket)
      }
    } catch let error as Failure {
      if let message = error.message { console.complain(message) }
      status = error.status
    } catch let error as BreakerRequestError {
      let failure = Failure(error, socket: socket)
      console.complain(failure.message ?? error.description)
      status = failure.status
    } catch let error as RequestLineError {
      console.complain(error.description)
      status = ExitStatus.badData
    }
    guard status == ExitStatus.done else { throw ExitCode(status) }
  }

  /// The name, if it is one.
  func checked(name: String) throws(Failure) -> String {
    guard BreakerName.isValid(name.utf8) else {
      throw Failure(ExitStatus.badData, "\(name.debugDescription) is not a breaker's name: \(BreakerName.rule)")
    }
    return name
  }
}

extension BreakerRequestError {
  /// Whether the daemon has refused the connection since there are too many. It closes at once, and what it says can be
  /// lost by that.
  fileprivate var isForWantOfPlace: Bool {
    guard case .unavailable(let cause) = self else { return false }
    return switch cause.reason {
    case .closedByDaemon(let code, _): code == ErrorCode.busy.rawValue
    case .connectionLost: true
    default: false
    }
  }
}

/// A command that waits for the daemon as long as it takes, since a person does.
protocol PatientCommand: ControlCommand {
  var patience: Patience { get }
}

extension PatientCommand {
  /// A conversation for this command.
  func talk(_ socket: SocketChoice) -> Talk {
    Talk(socket: socket, deadline: patience.timeout?.duration ?? .seconds(6))
  }
}
