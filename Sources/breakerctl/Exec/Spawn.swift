#if canImport(Musl)
  internal import Musl
#else
  @preconcurrency internal import Glibc
#endif

/// How a child is started: with our standard output and errors, and what we were started with.
struct Spawn {
  /// Whether it gets a process group of its own, so that all it starts can be ended with it.
  var ownsGroup = false
  /// Whether it reads from our standard input; else it finds its end there.
  var hasInput = true
  /// Its environment, as `KEY=value`; nil: ours.
  var environment: [String]?

  /// Our own environment.
  static var ownEnvironment: [String] {
    var variables: [String] = []
    var next = environ
    while let text = next.pointee {
      variables.append(String(cString: text))
      next += 1
    }
    return variables
  }

  /// Starts a command, found by PATH.
  ///
  /// - Throws: ``Failure`` if it cannot be run.
  func start(_ command: [String], _ inheritance: Inheritance) throws(Failure) -> pid_t {
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if !hasInput { posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) }
    inheritance.descriptors.keepOthersFromChildren()
    var mask = inheritance.signals.before
    var toDefault = inheritance.signals.toDefault
    var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setsigdefault(&attributes, &toDefault)
    if ownsGroup {
      posix_spawnattr_setpgroup(&attributes, 0)
      flags |= Int16(POSIX_SPAWN_SETPGROUP)
    }
    posix_spawnattr_setflags(&attributes, flags)
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    var result: Int32
    if let environment {
      var variables = environment.map { strdup($0) } + [nil]
      defer { for variable in variables { free(variable) } }
      result = posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &variables)
    } else {
      result = posix_spawnp(&child, command[0], &actions, &attributes, &arguments, environ)
    }
    guard result != 0 else { return child }
    throw Failure(
      result == ENOENT ? ExitStatus.notFound : ExitStatus.notExecutable,
      "cannot run \(command[0]): \(String(cString: strerror(result)))")
  }
}
