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
  private var me: String { Account.name }

  init(_ places: DaemonPlaces, deadline: Duration) {
    self.places = places
    self.deadline = deadline
    for path in [places.clients, places.admin].compactMap({ $0 }) { look(at: path) }
    let missing = Account.missingGroups
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
      if errno != EACCES {
        findings.append(
          .problem(
            "there is no socket \(path)", mend: places.isService ? "sudo systemctl restart \(unit(of: path))" : start))
      }
      return
    }
    let mode = status.st_mode & 0o777
    let whose = "\(Account.userName(status.st_uid)):\(Account.groupName(status.st_gid)), mode \(String(mode, radix: 8))"
    guard mode & 0o002 == 0 else {
      let isAdmin = path == places.admin
      findings.append(
        .warning(
          "\(path) (\(whose)) can be opened by everybody on this host\(isAdmin ? ", though only admins can act" : "")",
          mend: places.isService
            ? "systemctl cat \(unit(of: path))    # SocketMode=0660\nsudo systemctl restart \(unit(of: path))"
            : "chmod 0660 \(path)"))
      return
    }
    findings.append(.ok("\(path) belongs to \(whose)"))
  }

  private func unit(of path: String) -> String { path == places.admin ? "breakerd-admin.socket" : "breakerd.socket" }

  private var start: String { places.isService ? "sudo systemctl start breakerd.service" : "breakerd &" }

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
      let lines = SocketAccess.advice(socket: path).split(separator: "\n", maxSplits: 1)
      return .problem(
        String(lines[0]), mend: lines.count > 1 ? String(lines[1].drop { $0 == " " }) : "sudo breakerctl doctor")
    case .notRunning:
      let isStale = access(path, F_OK) == 0
      return .problem("nothing listens at \(path)\(isStale ? ", its file is left over" : "")", mend: start)
    case .timedOut, .stalled, .backlogFull, .overloaded:
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
    let file = open(board, O_RDONLY | O_CLOEXEC)
    guard file < 0 else {
      close(file)
      findings.append(.ok("\(me) may read the board \(board): calls on healthy breakers need no request"))
      return
    }
    findings.append(
      .warning(
        "\(me) cannot read the board \(board) (\(String(cString: strerror(errno)))): each call asks over the socket",
        mend: "ls -l \(board)\nsudo usermod -aG breakerd \(me)    # then log in anew"))
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
    return switch reason {
    case "store_opening", "store_slow", "store_failing": "df -h \(directory)\njournalctl -u breakerd.service -n 30"
    case "overrides_without_effect": "journalctl -u breakerd.service -g 'overrides without effect'"
    case "breakers_full": "breakerctl list\nbreakerctl forget 'GLOB'"
    case "calls_full": "breakerctl list    # then: breakerctl why NAME of the busiest"
    case "no_prober": "breakerctl events    # start the prober of what is to be checked"
    case "board_full", "no_board": "journalctl -u breakerd.service -g board\ndf -h /run"
    case "socket_gone": "sudo systemctl restart breakerd.socket breakerd.service"
    case "admin_socket_gone": "sudo systemctl restart breakerd-admin.socket breakerd.service"
    default: "ls -l \(directory)\njournalctl -u breakerd.service -g damaged"
    }
  }
}
