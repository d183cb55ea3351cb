#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What systemd says of the service and its sockets.
enum ServiceCheck {
  private static let sockets = ["breakerd.socket", "breakerd-admin.socket"]

  static func findings() -> [Finding] {
    guard access("/run/systemd/system", F_OK) == 0 else {
      return [.ok("systemd does not run here, so its units are not looked at")]
    }
    let properties =
      "Id,LoadState,ActiveState,UnitFileState,NeedDaemonReload,ExecMainStatus,NRestarts,StatusText,Result"
    let names = ["breakerd.service"] + sockets
    let shown = output(of: "timeout 5 systemctl show --no-pager -p \(properties) \(names.joined(separator: " "))")
    let units = shown.unitProperties
    guard let service = units["breakerd.service"] else {
      return [.warning("systemctl does not answer", mend: "systemctl status breakerd.service")]
    }
    guard service["LoadState"] != "not-found" else {
      return [
        .warning(
          "there is no breakerd.service on this host", mend: "apt install ./breakerd_*.deb    # or: sudo make install")
      ]
    }
    return [finding(of: service)] + sockets.compactMap { name in units[name].map { finding(of: name, $0) } }
      + reloads(units)
  }

  private static func finding(of service: [String: String]) -> Finding {
    let restarts = service["NRestarts"].flatMap { Int($0) } ?? 0
    switch service["ActiveState"] {
    case "active" where restarts > 0:
      return .warning(
        "breakerd.service runs, and had to be started again \(restarts) times since it was started last",
        mend: "journalctl -u breakerd.service -p notice --since -1d\nsystemctl reset-failed breakerd.service    # seen")
    case "active", "reloading":
      let status = service["StatusText"].map { $0.isEmpty ? "" : ": \($0)" } ?? ""
      return .ok("breakerd.service runs\(status)")
    case "failed" where service["ExecMainStatus"] == "78":
      return .problem(
        "breakerd.service cannot start: its configuration is wrong",
        mend: "breakerd check /etc/breakerd/breakerd.yaml\nsudo systemctl start breakerd.service")
    case "failed":
      return .problem(
        "breakerd.service has failed (\(service["Result"] ?? "?"), status \(service["ExecMainStatus"] ?? "?"))",
        mend: "journalctl -u breakerd.service -n 30\nsudo systemctl start breakerd.service")
    case let state:
      return .warning(
        "breakerd.service is \(state ?? "in no state"); the first connection starts it",
        mend: "sudo systemctl start breakerd.service")
    }
  }

  private static func finding(of name: String, _ socket: [String: String]) -> Finding {
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

  private static func reloads(_ units: [String: [String: String]]) -> [Finding] {
    guard units.values.contains(where: { $0["NeedDaemonReload"] == "yes" }) else { return [] }
    return [.warning("a unit file has changed, and systemd has not read it", mend: "sudo systemctl daemon-reload")]
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
