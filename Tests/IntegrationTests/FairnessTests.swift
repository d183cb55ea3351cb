import Synchronization
import Testing

/// A connection that never stops gets its share, and no more.
@Suite(.offThePool) struct FairnessTests {
  @Test(arguments: ["report flood ok quiet\n", "allow flood\n", "list\n", "help\n", "nonsense\n"])
  func `a flood does not starve another`(_ line: String) throws {
    let daemon = try DaemonProcess()
    let isOver = Atomic(false)
    try onThreads(3) { thread in
      if thread == 0 {
        defer { isOver.store(true, ordering: .releasing) }
        let client = try LineClient(daemon.socket, patience: .seconds(10))
        for _ in 0..<200 { #expect(try client.ask("allow other").hasPrefix("+allow closed ")) }
      } else {
        let flood = try daemon.client()
        let bytes = Array(String(repeating: line, count: 5_000).utf8)
        while !isOver.load(ordering: .acquiring) { try flood.send(bytes) }
      }
    }
    #expect(daemon.isWell)
  }
}
