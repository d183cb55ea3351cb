#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What is left of a process group.
enum ProcessGroup {
  /// Whether a process of it still runs. One that has ended but was not waited for does not, though it takes signals; in
  /// a container it may stay so for ever.
  static func lives(_ group: pid_t) -> Bool {
    guard kill(-group, 0) == 0 else { return false }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob("/proc/[0-9]*/stat", GLOB_NOSORT, nil, &found) == 0, let paths = found.gl_pathv else { return true }
    return (0..<Int(found.gl_pathc)).contains { index in
      guard let path = paths[index], let facts = facts(path) else { return false }
      return facts.group == group && !facts.hasEnded
    }
  }

  /// The group of a process, and whether it has ended; nil: it is gone.
  private static func facts(_ path: UnsafePointer<CChar>) -> (group: pid_t, hasEnded: Bool)? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var room = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &room, room.count)
    // «PID (NAME) STATE PARENT GROUP …», where the name may hold anything.
    guard count > 0, let name = room[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let words = String(decoding: room[(name + 1)..<count], as: UTF8.self).split(separator: " ")
    guard words.count > 2, let group = pid_t(words[2]) else { return nil }
    return (group, words[0] == "Z" || words[0] == "X")
  }
}
