import Foundation
import Glibc
import Testing

/// Only those whom a rule names may tell of its breakers; all others look.
@Suite(.offThePool, .enabled(if: Stranger.isPossible && StreamTool.any != nil, Stranger.unless))
struct ReporterTests {
  private let stranger = Stranger()

  private func daemon(_ text: String) throws -> ConfiguredDaemon {
    let daemon = try ConfiguredDaemon(text)
    chmod(daemon.process.scratch.path, 0o755)
    for socket in [daemon.process.socket, daemon.process.adminSocket] { chmod(socket, 0o666) }
    return daemon
  }

  /// What the daemon answers to somebody else.
  private func ask(_ socket: String, _ requests: String..., groups: [UInt32] = []) throws -> [String] {
    let tool = try #require(StreamTool.any)
    let groups = groups.isEmpty ? "--clear-groups" : "--groups=" + groups.map(String.init).joined(separator: ",")
    let words = ["setpriv", "--reuid=\(stranger.uid)", "--regid=\(stranger.uid)", groups, "--"]
    let run = try Command(words + tool.command(socket), input: requests.map { $0 + "\n" }.joined())
    return run.output.split(separator: "\n").map(String.init)
  }

  private static func rule(_ reporters: String) -> String {
    """
    defaults: {open: {duration: 1ms}}
    breakers:
      - {match: paid, trip: {consecutive_failures: 1}, reporters: \(reporters)}
    """
  }

  @Test func othersOnlyLook() throws {
    let daemon = try daemon(Self.rule("{users: [root]}"))
    let lines = try ask(
      daemon.process.socket, "allow paid", "report paid fail", "report paid fail quiet", "denied paid", "state paid",
      "allow free", "report free fail")
    #expect(lines.count == 7, "\(lines)")
    #expect(lines.first?.hasPrefix("+allow closed ") == true)
    #expect(lines[1].hasPrefix("-FORBIDDEN only user root and admins may report on paid"), "\(lines)")
    #expect(lines[1].contains("breakerd.yaml:3:5") && lines[1].contains("you are uid \(stranger.uid): "), "\(lines)")
    #expect(lines[2].hasPrefix("~FORBIDDEN ") && lines[3].hasPrefix("-FORBIDDEN "))
    #expect(lines[4] == "+ok closed" && lines[5].hasPrefix("+allow closed ") && lines[6] == "+ok closed")
    // A probe is for those who may tell how it went.
    let client = try daemon.process.client()
    #expect(try client.ask("report paid fail").hasPrefix("+ok open"))
    #expect(eventually { (try? client.ask("state paid")) == "+ok half-open" })
    #expect(try ask(daemon.process.socket, "allow paid", "allow paid") == ["+deny half-open", "+deny half-open"])
    #expect(try client.ask("allow paid").hasPrefix("+allow half-open "))
    let denial = try ask(daemon.process.socket, "allow paid")
    #expect(denial.first?.hasPrefix("+deny half-open retry_ms=") == true, "\(denial)")
    #expect(try client.table("show paid")["permits_out"] == "1")
  }

  @Test func othersTakeNoSlot() throws {
    let daemon = try daemon("breakers: [{match: paid, concurrency: {limit: 1}, reporters: {users: [root]}}]")
    let lines = try ask(daemon.process.socket, "hello 1 bound=no", "allow paid", "allow paid")
    #expect(lines.count == 3 && lines.dropFirst().allSatisfy { $0.hasPrefix("+allow closed ") }, "\(lines)")
    #expect(lines.allSatisfy { !$0.contains("lease_ms") }, "\(lines)")
    let client = try daemon.process.client()
    #expect(try client.ask("allow paid").hasSuffix(" lease_ms=60000"))
    #expect(try ask(daemon.process.socket, "allow paid") == ["+deny saturated"])
  }

  @Test func usersAndGroupsMayReport() throws {
    let daemon = try daemon(Self.rule("{users: [\"\(stranger.uid)\"]}"))
    let socket = daemon.process.socket
    #expect(try ask(socket, "report paid ok") == ["+ok closed"])
    for (group, groups) in [(stranger.uid, []), (54_321, [12_345, 54_321])] as [(UInt32, [UInt32])] {
      #expect(try daemon.reload(Self.rule("{groups: [\"\(group)\"]}")) == "+ok 0")
      #expect(try ask(socket, "report paid ok", groups: groups) == ["+ok closed"])
    }
    #expect(try ask(socket, "report paid ok").first?.hasPrefix("-FORBIDDEN ") == true)
    // So many groups that the kernel is asked twice.
    let many = (0..<200).map { 50_000 + UInt32($0) * 30 } + [54_321]
    #expect(try ask(socket, "report paid ok", groups: many) == ["+ok closed"])
    // An admin may, whoever the rule names.
    #expect(try daemon.reload(Self.rule("{users: [nobody]}")) == "+ok 0")
    #expect(try daemon.process.client().ask("report paid ok") == "+ok closed")
  }

  @Test func whoIsNotKnownIsWarnedOf() throws {
    let daemon = try daemon(Self.rule("{users: [nobody-of-this-name], groups: [root]}"))
    #expect(eventually { daemon.process.errors.contains("breakerd.yaml:3:52: reporters: no user 'nobody-of-") })
    #expect(try daemon.reload(Self.rule("{users: [root], groups: [none-of-this-name]}")) == "+ok 0")
    #expect(eventually { daemon.process.errors.contains("reporters: no group 'none-of-this-name' here") })
  }

  @Test func adminsAreWhomTheConfigurationNames() throws {
    let daemon = try daemon("daemon: {admins: {groups: [\"54321\"]}}")
    let (socket, admin) = (daemon.process.socket, daemon.process.adminSocket)
    func role(_ socket: String, _ groups: [UInt32]) throws -> String? {
      fields(try ask(socket, "hello 1", groups: groups).first ?? "")["role"]
    }
    #expect(try role(admin, [54_321]) == "admin")
    #expect(try role(admin, [12_345]) == "use")
    #expect(try role(socket, [54_321]) == "use")
    let refusal = try ask(admin, "reset *").first ?? ""
    #expect(refusal.hasPrefix("-FORBIDDEN ") && refusal.contains("group 54321"), "\(refusal)")
    // Who is connected loses the role too.
    let tool = try #require(StreamTool.any)
    let fifo = daemon.process.scratch.file("requests")
    #expect(mkfifo(fifo, 0o600) == 0)
    let shell = ["sh", "-c", "exec \"$@\" < \(fifo) > \(daemon.process.scratch.file("replies"))", "sh"]
    let identity = ["setpriv", "--reuid=\(stranger.uid)", "--regid=\(stranger.uid)", "--groups=54321", "--"]
    let running = try ChildProcess(shell + identity + tool.command(admin))
    let requests = try Descriptor.open(fifo, O_WRONLY)
    func say(_ text: String) { _ = write(requests.number, text, text.utf8.count) }
    func replies() -> [Substring] { FileFacts.text(daemon.process.scratch.file("replies")).split(separator: "\n") }
    say("reset *\n")
    #expect(eventually { replies() == ["+ok 0"] }, "\(replies())")
    #expect(try daemon.reload("daemon: {admins: {users: [\"\(stranger.uid &+ 1)\"]}}") == "+ok 0")
    say("reset *\n")
    #expect(eventually { replies().last?.hasPrefix("-FORBIDDEN ") == true }, "\(replies())")
    running.kill(SIGKILL)
  }
}
