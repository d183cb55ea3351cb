internal import BreakerClient

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The daemon's configuration, its disk, and what is left over in its directories.
struct FileCheck {
  private(set) var findings: [Finding] = []

  /// - Parameters:
  ///   - state: The database; nil: where the service has it.
  ///   - configuration: The file of the service; nil: the usual one.
  init(_ places: DaemonPlaces, state: String?, configuration: String?) {
    if places.isService { lookAtConfiguration(configuration ?? "/etc/breakerd/breakerd.yaml") }
    guard let state = state ?? (places.isService ? "/var/lib/breakerd/breakerd.sqlite" : nil) else { return }
    let slash = state.lastIndex(of: "/") ?? state.startIndex
    let directory = String(state[..<slash])
    let name = String(state[slash...].drop { $0 == "/" })
    lookAtRoom(in: directory)
    lookForLeftovers(of: name, in: directory)
  }

  private mutating func lookAtConfiguration(_ path: String) {
    guard access(path, R_OK) == 0 else {
      if errno == ENOENT {
        findings.append(
          .problem(
            "there is no \(path): the service will not start again",
            mend: "sudo touch \(Finding.quoted(path))    # all built-in values"))
      }
      return
    }
    // Root reads what the daemon may not.
    let asDaemon = geteuid() == 0 ? "setpriv --reuid=breakerd --regid=breakerd --clear-groups " : ""
    let answer = ServiceCheck.output(of: "\(asDaemon)breakerd check \(Finding.quoted(path)) 2>&1")
    guard let line = answer.split(separator: "\n").first(where: { !$0.contains(": warning: ") }) else { return }
    if line.contains(": ok, ") {
      findings.append(.ok("\(line)"))
    } else {
      findings.append(
        .problem(
          "the next start will fail, the configuration is wrong: \(line)",
          mend: "\(geteuid() == 0 ? "sudo -u breakerd " : "")breakerd check \(Finding.quoted(path))"))
    }
  }

  private mutating func lookAtRoom(in directory: String) {
    var room = statvfs()
    guard statvfs(directory, &room) == 0 else {
      if errno != EACCES {
        findings.append(
          .problem(
            "the directory of the database, \(directory), cannot be looked at: \(String(cString: strerror(errno)))",
            mend: "ls -ld \(Finding.quoted(directory))"))
      }
      return
    }
    let free = UInt64(room.f_bavail) * UInt64(room.f_frsize)
    let text = "\(free >> 20) MB are free for the database in \(directory)"
    let isReadOnly = room.f_flag & UInt(ST_RDONLY) != 0
    if isReadOnly {
      findings.append(
        .problem("\(directory) is mounted read-only", mend: "dmesg | tail    # then: mount -o remount,rw"))
    } else if free < 64 << 20 || room.f_favail == 0 && room.f_files > 0 {
      findings.append(.problem(text, mend: "df -h \(Finding.quoted(directory)); df -i \(Finding.quoted(directory))"))
    } else if free < 512 << 20 {
      findings.append(.warning(text, mend: "df -h \(Finding.quoted(directory))"))
    } else {
      findings.append(.ok(text))
    }
  }

  private mutating func lookForLeftovers(of name: String, in directory: String) {
    guard let names = Self.names(in: directory) else { return }
    for file in names where file.hasPrefix(name + ".damaged-") && !file.hasSuffix("-wal") && !file.hasSuffix("-shm") {
      findings.append(
        .warning(
          "a damaged database was set aside as \(directory)/\(file); another one would not be",
          mend: "sudo breakerd check --state \(Finding.quoted(directory + "/" + file))\n"
            + "sudo mv \(Finding.quoted(directory + "/" + file)) /root/    # seen"))
    }
    let backups = Self.names(in: directory + "/backups") ?? []
    if backups.count > 30 {
      findings.append(
        .warning(
          "there are \(backups.count) backups in \(directory)/backups; nobody removes them",
          mend: "sudo find \(Finding.quoted(directory + "/backups")) -type f -mtime +30 -delete"))
    }
  }

  /// The names in a directory; nil if it cannot be read.
  private static func names(in directory: String) -> [String]? {
    guard let stream = opendir(directory) else { return nil }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }
}
