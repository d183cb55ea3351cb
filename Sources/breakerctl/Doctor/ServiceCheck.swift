#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What systemd says of the service and its sockets.
struct ServiceCheck {
  private(set) var findings: [Finding] = []
  /// Whether the daemon can be expected to answer.
  private(set) var isRunning = true
  /// The configuration file that it is started with; nil: that is not known.
  private(set) var configuration: String?

  private static let sockets = ["breakerd.socket", "breakerd-admin.socket"]

  init() {
    guard access("/run/systemd/system", F_OK) == 0 else {
      findings = [.ok("systemd does not run here, so its units are not looked at")]
      return
    }
    let properties =
      "Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload,ExecMainStatus,ExecMainCode,NRestarts,StatusText,Result,ExecStart"
    let names = (["breakerd.service"] + Self.sockets).joined(separator: " ")
    let units = Self.output(of: "timeout 5 systemctl show --no-pager -p \(properties) \(names)").unitProperties
    guard let service = units["breakerd.service"] else {
      findings = [.warning("systemctl does not answer", mend: "systemctl status breakerd.service")]
      return
    }
    guard service["LoadState"] != "not-found" else {
      findings = [
        .warning(
          "there is no breakerd.service on this host", mend: "apt install ./breakerd_*.deb    # or: sudo make install")
      ]
      return
    }
    isRunning = ["active", "reloading"].contains(service["ActiveState"])
    configuration = service["ExecStart"].flatMap { command in
      command.split(separator: " ").drop { $0 != "--config" }.dropFirst().first.map(String.init)
    }
    findings = [Self.finding(of: service)]
    for name in Self.sockets {
      if let unit = units[name] { findings.append(Self.finding(of: name, unit)) }
    }
    if units.values.contains(where: { $0["NeedDaemonReload"] == "yes" }) {
      findings.append(
        .warning("a unit file has changed, and systemd has not read it", mend: "sudo systemctl daemon-reload"))
    }
  }

  private static func finding(of service: [String: String]) -> Finding {
    let restarts = service["NRestarts"].flatMap { Int($0) } ?? 0
    let state = service["ActiveState"] ?? "in no state"
    if service["LoadState"] == "masked" {
      return .problem("breakerd.service is masked", mend: "sudo systemctl unmask --now breakerd.service")
    }
    if state == "active" || state == "reloading" {
      if restarts > 0 {
        return .warning(
          "breakerd.service runs, and had to be started again \(restarts) times since it was started last",
          mend:
            "journalctl -u breakerd.service -p notice --since -1d\nsudo systemctl reset-failed breakerd.service    # seen"
        )
      }
      let status = service["StatusText"].map { $0.isEmpty ? "" : ": \($0)" } ?? ""
      return .ok("breakerd.service runs\(status)")
    }
    // Also while it is between two attempts.
    if service["ExecMainStatus"] == "78", service["ExecMainCode"] == "1" {
      return .problem(
        "breakerd.service cannot start: its configuration is wrong",
        mend: "sudo breakerd check /etc/breakerd/breakerd.yaml\nsudo systemctl start breakerd.service")
    }
    if state == "inactive", restarts == 0, service["Result"] == "success" {
      return .warning(
        "breakerd.service is stopped; the first connection starts it", mend: "sudo systemctl start breakerd.service")
    }
    return .problem(
      "breakerd.service is \(state) (\(service["Result"] ?? "?"), status \(service["ExecMainStatus"] ?? "?"))",
      mend: "journalctl -u breakerd.service -n 30\nsudo systemctl start breakerd.service")
  }

  private static func finding(of name: String, _ socket: [String: String]) -> Finding {
    guard socket["LoadState"] != "masked" else {
      return .problem(
        "\(name) is masked, so nobody can connect", mend: "sudo systemctl unmask \(name)\nsudo systemctl start \(name)")
    }
    guard socket["ActiveState"] == "active" else {
      return .problem(
        "\(name) is \(socket["ActiveState"] ?? "unknown"), so nobody can connect", mend: "sudo systemctl start \(name)")
    }
    guard socket["UnitFileState"] == "enabled" else {
      return .warning(
        "\(name) listens, and is not enabled: after the next start of the host it will not",
        mend: "sudo systemctl enable \(name)")
    }
    return .ok("\(name) listens, and is enabled")
  }

  /// What a command prints to its standard output; at most a megabyte.
  static func output(of command: String) -> String {
    guard let pipe = popen("exec 2>/dev/null; \(command)", "re") else { return "" }
    defer { pclose(pipe) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, pipe)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }
}

extension String {
  /// The properties of units, as blocks of `key=value` lines, by the `Id` in each.
  fileprivate var unitProperties: [String: [String: String]] {
    var units: [String: [String: String]] = [:]
    var block: [String: String] = [:]
    let lines: [Substring] = split(separator: "\n", omittingEmptySubsequences: false) + [""]
    for line in lines {
      if let place = line.firstIndex(of: "=") {
        block[String(line[..<place])] = String(line[line.index(after: place)...])
      } else if let name = block["Id"] {
        units[name] = block
        block = [:]
      }
    }
    return units
  }
}
