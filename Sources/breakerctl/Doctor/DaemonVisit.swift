internal import BreakerClient
internal import BreakerProtocol

#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What the daemon answers, on each of its sockets, to the user as whom it is asked.
struct DaemonVisit {
  private(set) var findings: [Finding] = []
  /// Where the daemon keeps its database; nil: it has not said.
  private(set) var state: String?

  private let places: DaemonPlaces
  private let deadline: Duration
  /// Whether it can be expected to answer.
  private let isRunning: Bool
  private var me: String { Account.name }

  init(_ places: DaemonPlaces, deadline: Duration, isRunning: Bool) {
    self.places = places
    self.deadline = deadline
    self.isRunning = isRunning
    for path in [places.clients, places.admin].compactMap({ $0 }) { look(at: path) }
    let missing = Account.missingGroups.filter { ["breakerd", "breakerd-admin"].contains($0) }
    if !missing.isEmpty {
      findings.append(
        .warning(
          "this session of \(me) began before \(me) was put into the group \(missing.joined(separator: ", "))",
          mend: "newgrp \(missing[0])    # or log in anew"))
    }
    visitClients()
    visitAdmin()
  }

  // MARK: The sockets' files

  private mutating func look(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == EACCES { return lookAtDirectory(of: path) }
      findings.append(
        .problem(
          "there is no socket \(path)", mend: places.isService ? "sudo systemctl restart \(unit(of: path))" : start))
      return
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      findings.append(.problem("\(path) is no socket", mend: "breakerctl doctor --socket PATH    # another one"))
      return
    }
    let (user, group) = (Account.userName(status.st_uid), Account.groupName(status.st_gid))
    let mode = String(status.st_mode & 0o777, radix: 8)
    let whose = "\(user):\(group), mode \(mode)"
    if places.isService {
      let wanted = path == places.admin ? "breakerd:breakerd-admin, mode 660" : "root:breakerd, mode 660"
      guard whose != wanted else { return findings.append(.ok("\(path) belongs to \(whose)")) }
      findings.append(
        .warning(
          "\(path) belongs to \(whose); as it is shipped, to \(wanted)",
          mend: "systemctl cat \(unit(of: path))    # is that meant?\nsudo systemctl restart \(unit(of: path))"))
    } else if status.st_mode & 0o002 != 0 {
      findings.append(
        .warning(
          "\(path) (\(whose)) can be opened by everybody on this host", mend: "chmod 0660 \(Finding.quoted(path))"))
    } else {
      findings.append(.ok("\(path) belongs to \(whose)"))
    }
  }

  /// The socket cannot be seen: some directory above it is closed.
  private mutating func lookAtDirectory(of path: String) {
    guard places.isService else { return }
    findings.append(
      .problem(
        "\(me) may not look into \(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)), where the socket is",
        mend: "sudo systemd-tmpfiles --create breakerd.conf\nsudo systemctl restart breakerd.service"))
  }

  private func unit(of path: String) -> String { path == places.admin ? "breakerd-admin.socket" : "breakerd.socket" }

  private var start: String {
    if places.isService { return "sudo systemctl start breakerd.service" }
    let isUsual = SocketPath.userDirectories.contains { places.clients == $0 + "/breakerd.sock" }
    return isUsual ? "breakerd &" : "breakerctl doctor --socket PATH    # if the daemon is elsewhere"
  }

  // MARK: What it answers

  private mutating func visitClients() {
    guard mayBeThere(places.clients) else { return }
    let talk = Talk(socket: SocketChoice(places.clients), deadline: deadline)
    defer { talk.end() }
    do {
      let hello = try talk.line(Self.hello)
      findings.append(.ok("\(me) may make calls: breakerd \(hello["version"] ?? "?") answers"))
      judge(version: hello["version"])
      judge(board: hello["board"])
      let stats = try talk.rows(RequestLine(.stats)).flatMap(\.pairs)
      state = stats.first { $0.key == "state" }?.value
      judge(health: try talk.line(RequestLine(.health)))
    } catch let error as BreakerRequestError {
      findings.append(problem(error, at: places.clients))
    } catch {
      findings.append(.problem("\(error)", mend: start))
    }
  }

  private mutating func visitAdmin() {
    guard let admin = places.admin, mayBeThere(admin) else { return }
    let talk = Talk(socket: SocketChoice(admin), deadline: deadline)
    defer { talk.end() }
    let become = "sudo usermod -aG breakerd-admin \(me)    # then log in anew"
    do {
      let role = try talk.line(Self.hello)["role"] ?? "?"
      findings.append(
        role == Role.admin.word
          ? .ok("\(me) may act as an admin")
          : .ok("\(me) may open \(admin), and is no admin to the daemon (daemon.admins)", change: become))
    } catch let error as BreakerRequestError {
      guard case .unavailable(let cause) = error, cause.reason == .notPermitted else {
        findings.append(problem(error, at: admin))
        return
      }
      findings.append(.ok("\(me) may not act as an admin", change: become))
    } catch {
      findings.append(.problem("\(error)", mend: start))
    }
  }

  /// That it is not, was told before.
  private func mayBeThere(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 || errno == EACCES
  }

  private static var hello: RequestLine {
    get throws(RequestLineError) {
      var line = RequestLine(.hello)
      try line.add("1")
      try line.add("client", "breakerctl/" + BreakerClient.version)
      return line
    }
  }

  private func problem(_ error: BreakerRequestError, at path: String) -> Finding {
    guard case .unavailable(let cause) = error else { return .problem(error.description, mend: start) }
    switch cause.reason {
    case .notPermitted:
      return .problem("\(me) may not open \(path)", mend: SocketAccess.mend(socket: path) ?? "sudo breakerctl doctor")
    case .notRunning:
      let isStale = access(path, F_OK) == 0
      return .problem("nothing listens at \(path)\(isStale ? ", its file is left over" : "")", mend: start)
    case .timedOut, .stalled, .backlogFull, .overloaded:
      guard isRunning else { return .problem("nobody answers at \(path), as the service does not run", mend: start) }
      return .problem(
        "\(path) does not answer within \(deadline): the daemon hangs, or is very busy",
        mend: places.isService ? "systemctl status breakerd.service    # the watchdog restarts one that hangs" : "top")
    case .connectFailed, .badPath, .connectionLost, .closedByDaemon, .refused, .noSocket, .notBreakerd, .onEventLoop,
      .shutDown:
      return .problem(cause.description, mend: places.isService ? "journalctl -u breakerd.service -n 30" : start)
    }
  }

  // MARK: How it is

  private mutating func judge(version: String?) {
    guard let version, version != BreakerClient.version else { return }
    findings.append(
      .warning(
        "breakerctl is \(BreakerClient.version), the daemon \(version): one of them was replaced",
        mend: places.isService ? "sudo systemctl restart breakerd.service" : start))
  }

  private mutating func judge(board: String?) {
    // That there is none, health says.
    guard let board, !board.isEmpty else { return }
    let file = open(board, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    let failure = errno
    var status = stat()
    guard file < 0 else {
      let isFile = fstat(file, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
      close(file)
      findings.append(
        isFile
          ? .ok("\(me) may read the board \(board): calls on healthy breakers need no request")
          : .warning(
            "the board \(board) is no file: each call asks over the socket", mend: "ls -l \(Finding.quoted(board))"))
      return
    }
    findings.append(
      .warning(
        "\(me) cannot read the board \(board) (\(String(cString: strerror(failure)))): each call asks over the socket",
        mend: SocketAccess.mend(socket: board) ?? "ls -l \(Finding.quoted(board))"))
  }

  private mutating func judge(health: Fields) {
    let reasons = health.pairs.filter { $0.key == "reason" }.map(\.value)
    guard !reasons.isEmpty else {
      findings.append(.ok("the daemon is well, its store too"))
      return
    }
    for reason in reasons {
      let detail = reason == "store_failing" ? health["detail"].map { ": \($0)" } ?? "" : ""
      findings.append(
        .problem("the daemon is degraded, decisions go on: \(reason)\(detail)", mend: Self.mend(reason, state: state)))
    }
  }

  /// What mends what `health` names; docs/operations.md has more on each.
  private static func mend(_ reason: String, state: String?) -> String {
    let directory =
      state.map { path in String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex)) } ?? "/var/lib/breakerd"
    let setAside = "damaged_store_set_aside_as_"
    if reason.hasPrefix(setAside) {
      let file = String(reason.dropFirst(setAside.count))
      return "sudo breakerd check --state \(Finding.quoted(file))\nsudo mv \(Finding.quoted(file)) /root/    # seen"
    }
    return switch reason {
    case "store_opening", "store_slow", "store_failing":
      "df -h \(Finding.quoted(directory))\njournalctl -u breakerd.service -n 30"
    case "overrides_without_effect": "journalctl -u breakerd.service -g 'overrides without effect'"
    case "breakers_full": "breakerctl list\nbreakerctl forget 'GLOB'"
    case "calls_full": "breakerctl list    # then: breakerctl why NAME of the busiest"
    case "reload_failed": "sudo breakerd check /etc/breakerd/breakerd.yaml\nsudo systemctl reload breakerd.service"
    case "no_prober": "breakerctl events    # start the prober of what is to be checked"
    case "board_full", "no_board": "journalctl -u breakerd.service -g board\ndf -h /run"
    case "socket_gone": "sudo systemctl restart breakerd.socket breakerd.service"
    case "admin_socket_gone": "sudo systemctl restart breakerd-admin.socket breakerd.service"
    default: "ls -l \(Finding.quoted(directory))\njournalctl -u breakerd.service -g damaged"
    }
  }
}
