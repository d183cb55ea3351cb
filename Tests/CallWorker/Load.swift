import Glibc

/// Makes guarded calls for some time, and sees that no more are under way than the limit allows.
///
/// Standard input is a pipe, open for both directions and without waiting, that all workers share. It holds one byte for
/// each call that may be under way: a call takes one while it lasts, and finds none if there are too many. A slot is
/// given back in all the ways there are. At the end it prints `calls=N refused=N exceeded=N`.
struct Load {
  let socket: String
  let name: String
  let seconds: Int

  func run() throws {
    var connection = try begin()
    var (calls, refused, exceeded) = (0, 0, 0)
    let end = time(nil) + seconds
    while time(nil) < end {
      let reply = try connection.ask("allow \(name)")
      guard reply.hasPrefix("+allow closed ") else {
        refused += 1
        continue
      }
      calls += 1
      var byte: UInt8 = 0
      let isTaken = read(STDIN_FILENO, &byte, 1) == 1
      if !isTaken { exceeded += 1 }
      usleep(UInt32.random(in: 0..<300))
      if isTaken { write(STDIN_FILENO, &byte, 1) }
      let token = reply.split(separator: " ")[2]
      switch calls % 5 {
      case 0: _ = try connection.ask("report \(name) ok \(token)")
      case 1: _ = try connection.ask("report \(name) ok")
      case 2: _ = try connection.ask("report \(name) ignore \(token)")
      case 3: try connection.send("report \(name) ok \(token) quiet")
      default: connection = try begin()
      }
    }
    CallWorker.say("calls=\(calls) refused=\(refused) exceeded=\(exceeded)")
  }

  private func begin() throws -> Connection {
    let connection = try Connection(socket)
    _ = try connection.ask("hello 1 bound=yes")
    return connection
  }
}
