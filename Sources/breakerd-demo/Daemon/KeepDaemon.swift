import ArgumentParser

/// `breakerd-demo daemon`: runs breakerd in a private directory until standard input ends, and leaves nothing behind.
///
/// Says `socket=PATH pid=PID`. Without this process in between, a demo that is killed would leave a daemon behind, since
/// a daemon does not end with its standard input.
struct KeepDaemon: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "daemon", shouldDisplay: false)

  @Argument var breakerd: String
  @Argument var defaults: [String] = []

  func run() async throws {
    do {
      let directory = try PrivateDirectory()
      defer { directory.remove() }
      let daemon = try ChildProcess(
        "breakerd", breakerd,
        [
          "--socket", directory.file("breakerd.sock"), "--admin-socket", directory.file("admin.sock"),
          "--state", directory.file("breakerd.sqlite"), "--log-level", "error",
        ] + defaults.flatMap { ["--default", $0] })
      Output.line("socket=\(directory.file("breakerd.sock")) pid=\(daemon.pid)")
      await withTaskGroup { group in
        group.addTask { for await _ in Lines.fromStandardInput {} }
        group.addTask { for await _ in daemon.lines {} }
        await group.next()
        group.cancelAll()
      }
      // Less than the conductor gives this process.
      await daemon.terminate(grace: .seconds(1))
    } catch {
      Output.error("breakerd-demo: \(error)")
      throw ExitCode(error.exitCode)
    }
  }
}
