/// A daemon that follows a configuration file, which tests write anew.
struct ConfiguredDaemon {
  let process: DaemonProcess

  /// Starts one with this file and these options.
  init(_ text: String, _ options: [String] = [], in scratch: ScratchDirectory? = nil) throws {
    let scratch = try scratch ?? ScratchDirectory()
    let file = try scratch.write("breakerd.yaml", text)
    process = try DaemonProcess(["--config", file] + options, in: scratch)
  }

  /// Replaces the file.
  func write(_ text: String, to name: String = "breakerd.yaml") throws { _ = try process.scratch.write(name, text) }

  /// Replaces the file and has the daemon follow it.
  ///
  /// - Returns: Its answer.
  func reload(_ text: String) throws -> String {
    try write(text)
    return try process.admin().ask("reload")
  }

  /// Key to value and origin, of `policy NAME`.
  func policy(_ name: String) throws -> [String: (value: String, origin: String)] {
    try process.client().list("policy \(name)").rows.reduce(into: [:]) { policy, row in
      let words = fields(row)
      if let key = words["key"] { policy[key] = (words["value"] ?? "", words["origin"] ?? "") }
    }
  }
}
