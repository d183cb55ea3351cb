import Glibc
import Testing

/// `breakerctl watch` beside a daemon.
@Suite struct ControlWatchTests {
  @Test func statesFirstThenALineForEachTransition() throws {
    let daemon = try DaemonProcess(["--default", "open.duration=60s"])
    let admin = try daemon.admin()
    #expect(try admin.ask("force old open") == "+ok 1")
    let watch = try RunningTool(ControlTool(daemon), "watch")
    #expect(watch.prints("old   forced-open"))
    try admin.send(String(repeating: "report api fail quiet\n", count: 5))
    #expect(watch.prints("  api  closed -> open  5 failures in a row (threshold 5), for "))
    #expect(try admin.ask("reset *") == "+ok 2")
    #expect(watch.prints("  api  open -> closed  reset by an admin"))
    #expect(watch.prints("  old  forced-open -> closed  reset by an admin"))
    #expect(watch.lines.count == 5 && watch.error.isEmpty, "\(watch.output)\(watch.error)")
    watch.child.kill(SIGINT)
    #expect(watch.child.wait() == .signal(SIGINT))
  }

  @Test func allPagesOfTheStatesComeAndAGlobChooses() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    try admin.send((0..<2_500).map { "report b\($0) ok quiet\nreport other\($0) ok quiet\n" }.joined())
    #expect(try admin.ask("ping") == "+ok pong")
    let watch = try RunningTool(ControlTool(daemon), "watch", "b*", "--json")
    #expect(eventually { watch.lines.count == 2_500 })
    #expect(watch.lines.allSatisfy { $0.hasPrefix(#"{"event":"state","name":"b"#) })
    #expect(try admin.ask("force other1 open") == "+ok 1")
    #expect(try admin.ask("force b1 open") == "+ok 1")
    #expect(watch.prints(#"{"event":"transition","name":"b1","from":"closed","to":"forced-open","cause":"forced","#))
    #expect(watch.lines.count == 2_501)
    let silent = try RunningTool(ControlTool(daemon), "watch", "b*", "--no-snapshot")
    #expect(try eventually { try daemon.admin().list("clients").rows.count { $0.contains("name=breakerctl") } == 2 })
    #expect(try admin.ask("force b2 open") == "+ok 1")
    #expect(silent.prints("  b2  closed -> forced-open"))
    #expect(silent.lines.count == 1)
    #expect(try admin.ask("forget b2") == "+ok 1")
    #expect(silent.prints("  b2  forgotten"))
  }

  @Test func aRestartOfTheDaemonIsToldAndSurvived() throws {
    let daemon = try DaemonProcess()
    #expect(try daemon.admin().ask("force api open") == "+ok 1")
    let watch = try RunningTool(ControlTool(daemon), "watch")
    #expect(watch.prints("api   forced-open"))
    #expect(try daemon.admin().ask("force db open") == "+ok 1")
    #expect(watch.prints("db  closed -> forced-open"))
    #expect(daemon.stop(SIGKILL) == .signal(SIGKILL))
    #expect(watch.complains("; trying again"))
    let again = try DaemonProcess(in: daemon.scratch)
    #expect(watch.complains("connected again; what happened meanwhile: breakerctl events --since "))
    #expect(watch.prints("db    forced-open"))
    #expect(try again.admin().ask("reset db") == "+ok 1")
    #expect(watch.prints("  db  forced-open -> closed  reset by an admin"))
    #expect(watch.child.poll() == nil)
  }

  @Test func whoSleepsIsToldThatSomethingWasSkippedAndLearnsTheNewestStates() throws {
    let daemon = try DaemonProcess([
      "--default", "trip.consecutive_failures=1", "--default", "open.duration=60s", "--log-level", "error",
    ])
    let admin = try daemon.admin()
    let watch = try RunningTool(ControlTool(daemon), "watch", "--json")
    #expect(try eventually { try admin.list("clients").rows.contains { $0.contains("name=breakerctl") } })
    watch.child.kill(SIGSTOP)
    for _ in 0..<2 {
      try admin.send((0..<5_000).map { "report b\($0) fail quiet\n" }.joined())
      #expect(try admin.ask("reset *") == "+ok 5000")
    }
    watch.child.kill(SIGCONT)
    #expect(watch.complains("transitions were skipped; the newest of each breaker follow"))
    // The news come in no order, and the newest of each name is closed.
    #expect(
      eventually(within: .seconds(30)) {
        let newest = newest(watch)
        return newest.count == 5_000 && newest.values.allSatisfy { $0 == "closed" }
      })
    #expect(try admin.ask("force end open") == "+ok 1")
    #expect(watch.prints(#""name":"end","from":"closed","to":"forced-open""#))
    #expect(try admin.ask("forget end") == "+ok 1")
    #expect(watch.prints(#"{"event":"forgotten","name":"end","seq":"#))
  }

  /// The last state told of each name.
  private func newest(_ watch: RunningTool) -> [Substring: Substring] {
    watch.lines.reduce(into: [:]) { newest, line in
      let words = line.split(separator: "\"")
      guard let name = words.firstIndex(of: "name"), let to = words.firstIndex(of: "to") else { return }
      newest[words[name + 2]] = words[to + 2]
    }
  }

  // MARK: --exec

  @Test func aCommandRunsForEachTransitionInOrder() throws {
    let daemon = try DaemonProcess(["--default", "open.duration=60s"])
    let admin = try daemon.admin()
    let file = daemon.scratch.file("told")
    let watch = try RunningTool(
      ControlTool(daemon), "watch", "--exec",
      "echo $BREAKER_SEQ $BREAKER_NAME $BREAKER_FROM $BREAKER_TO $BREAKER_CAUSE $BREAKER_RUN $BREAKER_AT >> \(file)")
    try waitForWatcher(daemon)
    try admin.send(String(repeating: "report api fail quiet\n", count: 5))
    for number in 0..<30 { #expect(try admin.ask("force b\(number) open") == "+ok 1") }
    #expect(eventually(within: .seconds(30)) { FileFacts.text(file).split(separator: "\n").count == 31 })
    let told = FileFacts.text(file).split(separator: "\n").map { $0.split(separator: " ") }
    #expect(told.first?.dropFirst().prefix(5) == ["api", "closed", "open", "consecutive_failures", "5"])
    let numbers = told.compactMap { $0.first.flatMap { Int($0) } }
    #expect(numbers.count == 31 && numbers == numbers.sorted())
    #expect(watch.error.isEmpty, "\(watch.error)")
  }

  @Test func aCommandThatHangsOrFailsIsToldAndTheNextRuns() throws {
    let daemon = try DaemonProcess()
    let admin = try daemon.admin()
    let file = daemon.scratch.file("pid")
    let watch = try RunningTool(
      ControlTool(daemon), "watch", "--exec-timeout", "500ms", "--exec",
      """
      case $BREAKER_NAME in
        hangs) sleep 60 & echo $! > \(file); wait;;
        fails) exit 3;;
        *) echo ran $BREAKER_NAME;;
      esac
      """)
    try waitForWatcher(daemon)
    for name in ["hangs", "fails", "fine"] { #expect(try admin.ask("force \(name) open") == "+ok 1") }
    #expect(watch.prints("ran fine"))
    #expect(watch.error.contains("for hangs, closed -> forced-open: it took longer than 500ms, and was ended"))
    #expect(watch.error.contains("for fails, closed -> forced-open: exit 3"))
    let grandchild = try #require(pid_t(FileFacts.text(file).dropLast()))
    #expect(eventually { !isRunning(grandchild) })
  }

  @Test func ofMoreThanAThousandThatWaitTheNewestAreKeptAndReadingGoesOn() throws {
    let daemon = try DaemonProcess(["--default", "trip.consecutive_failures=1", "--log-level", "error"])
    let admin = try daemon.admin()
    let go = daemon.scratch.file("go")
    let watch = try RunningTool(
      ControlTool(daemon), "watch", "--json", "--exec-timeout", "60s", "--exec",
      "[ $BREAKER_NAME = first ] || { [ $BREAKER_TO = closed ] && echo closed; exit 0; }; echo begun; "
        + "while [ ! -e \(go) ]; do sleep 0.05; done")
    try waitForWatcher(daemon)
    #expect(try admin.ask("force first open") == "+ok 1")
    #expect(watch.prints("begun\n"))
    try admin.send(String(repeating: "force b open\nreset b\n", count: 1_000))
    #expect(eventually(within: .seconds(30)) { watch.lines.count { $0.hasPrefix("{") } == 2_001 })
    _ = try daemon.scratch.write("go", "")
    #expect(watch.complains(" transitions were dropped, since many were waiting"))
    #expect(watch.prints("closed\n"))
  }

  @Test func aSignalEndsTheCommandToo() throws {
    let daemon = try DaemonProcess()
    let file = daemon.scratch.file("pid")
    let watch = try RunningTool(ControlTool(daemon), "watch", "--exec", "echo $$ > \(file); sleep 60; :")
    try waitForWatcher(daemon)
    #expect(try daemon.admin().ask("force api open") == "+ok 1")
    #expect(eventually { pid_t(FileFacts.text(file).dropLast()) != nil })
    let child = try #require(pid_t(FileFacts.text(file).dropLast()))
    #expect(isRunning(child))
    watch.child.kill(SIGTERM)
    #expect(watch.child.wait() == .signal(SIGTERM))
    #expect(eventually { !isRunning(child) })
  }

  private func waitForWatcher(_ daemon: DaemonProcess) throws {
    #expect(try eventually { try daemon.admin().list("clients").rows.contains { $0.contains("name=breakerctl") } })
  }
}
