internal import BreakerClient

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The daemon's configuration, its disk, and what is left over in its directories.
struct FileCheck {
  private(set) var findings: [Finding] = []

  /// - Parameter state: The database; nil: where the service has it.
  init(_ places: DaemonPlaces, state: String?) {
    if places.isService { lookAtConfiguration() }
    guard let state = state ?? (places.isService ? "/var/lib/breakerd/breakerd.sqlite" : nil) else { return }
    let slash = state.lastIndex(of: "/") ?? state.startIndex
    let directory = String(state[..<slash])
    let name = String(state[slash...].drop { $0 == "/" })
    lookAtRoom(in: directory)
    lookForLeftovers(of: name, in: directory)
  }

  private mutating func lookAtConfiguration() {
    let path = "/etc/breakerd/breakerd.yaml"
    guard access(path, R_OK) == 0 else {
      if errno == ENOENT {
        findings.append(
          .problem(
            "there is no \(path): the service will not start again", mend: "sudo touch \(path)    # all built-in values"
          ))
      }
      return
    }
    let answer = ServiceCheck.output(of: "breakerd check \(path) 2>&1")
    guard !answer.isEmpty else { return }
    let lines = answer.split(separator: "\n")
    if lines[0].contains(": ok, ") {
      findings.append(.ok("\(lines[0])"))
    } else {
      findings.append(
        .problem(
          "the next start will fail, the configuration is wrong: \(lines[0])", mend: "breakerd check \(path)"))
    }
  }

  private mutating func lookAtRoom(in directory: String) {
    var room = statvfs()
    guard statvfs(directory, &room) == 0 else {
      if errno != EACCES {
        findings.append(
          .problem(
            "the directory of the database, \(directory), cannot be looked at: \(String(cString: strerror(errno)))",
            mend: "ls -ld \(directory)"))
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
      findings.append(.problem(text, mend: "df -h \(directory); df -i \(directory)"))
    } else if free < 512 << 20 {
      findings.append(.warning(text, mend: "df -h \(directory)"))
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
          mend: "sudo mv \(directory)/\(file)* /root/    # after a look at it"))
    }
    let backups = Self.names(in: directory + "/backups") ?? []
    if backups.count > 30 {
      findings.append(
        .warning(
          "there are \(backups.count) backups in \(directory)/backups; nobody removes them",
          mend: "sudo find \(directory)/backups -type f -mtime +30 -delete"))
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
