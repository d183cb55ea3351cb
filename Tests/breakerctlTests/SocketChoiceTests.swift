import BreakerClient
import Glibc
import Testing

@testable import breakerctl

@Suite struct SocketChoiceTests {
  @Test func callsLeaveTheAdminSocketAlone() {
    #expect(
      SocketOrder.everybodysFirst.candidates(userDirectories: ["/u"]) == [
        "/run/breakerd/breakerd.sock", "/u/breakerd.sock", "/run/breakerd-admin/admin.sock", "/u/admin.sock",
      ])
    #expect([Allow.order, Exec.order, ReportCall.order].allSatisfy { $0 == .everybodysFirst })
  }

  @Test func adminsUseTheirSocket() {
    #expect(
      SocketOrder.adminsFirst.candidates(userDirectories: ["/u"]) == [
        "/run/breakerd-admin/admin.sock", "/run/breakerd/breakerd.sock", "/u/admin.sock", "/u/breakerd.sock",
      ])
    #expect(Reset.order == .adminsFirst)
    #expect(List.order == .adminsIfFree)
  }

  @Test func aFullAdminSocketHasAnotherBesideIt() throws {
    let folder = "/tmp/breakerctl-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    mkdir(folder, 0o700)
    let listeners = [listen(folder + "/admin.sock"), listen(folder + "/breakerd.sock")]
    defer {
      for listener in listeners { close(listener) }
      for name in ["admin.sock", "breakerd.sock"] { unlink(folder + "/" + name) }
      rmdir(folder)
    }
    let sockets = [folder + "/admin.sock", folder + "/breakerd.sock"]
    let admins = SocketChoice(candidates: sockets, order: .adminsIfFree)
    #expect(admins.path == sockets[0])
    #expect(admins.everybodys?.path == sockets[1])
    let call = SocketChoice(candidates: sockets.reversed(), order: .everybodysFirst)
    #expect(call.path == sockets[1])
    #expect(call.everybodys == nil)
    #expect(SocketChoice(sockets[0]).everybodys == nil)
  }

  private func listen(_ path: String) -> Int32 {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    _ = Glibc.listen(listener, 8)
    return listener
  }
}
