extension VerbEntry {
  /// All verbs, the frequent ones first.
  public static let table: [VerbEntry] = [
    VerbEntry(
      verb: .allow, word: "allow", arguments: [.name], options: [.lease], role: .use,
      help: "may I call NAME? lease: how long a permit is wanted for"),
    VerbEntry(
      verb: .report, word: "report", arguments: [.name, .outcome, .token],
      options: [.ms, .n, .age, .err, .quiet], role: .use,
      help: "how the call ended; n: so many successes; quiet: no reply"),
    VerbEntry(
      verb: .denied, word: "denied", arguments: [.name], options: [.n, .quiet], role: .use,
      help: "n calls (1 if left out) were refused by the client itself"),

    VerbEntry(
      verb: .state, word: "state", arguments: [.name], options: [], role: .observe,
      help: "the state of NAME in one word, and when to ask again"),
    VerbEntry(
      verb: .show, word: "show", arguments: [.name], options: [], role: .observe,
      help: "everything about NAME, one key=value a row"),
    VerbEntry(
      verb: .why, word: "why", arguments: [.name], options: [], role: .observe,
      help: "why NAME is as it is: its last trip, the failures before it, and what comes next"),
    VerbEntry(
      verb: .policy, word: "policy", arguments: [.name], options: [], role: .observe,
      help: "what NAME follows, or would follow, and where each value comes from"),
    VerbEntry(
      verb: .list, word: "list", arguments: [.optionalGlob], options: [.limit, .cursor], role: .observe,
      help: "a row for each breaker; ask again with the cursor until none comes"),

    VerbEntry(
      verb: .events, word: "events", arguments: [.optionalGlob], options: [.since, .limit], role: .observe,
      help: "what happened after number SEQ; ask again with since=CURSOR until no cursor comes"),
    VerbEntry(
      verb: .watch, word: "watch", arguments: [.optionalGlob], options: [.limit], role: .observe,
      help: "a page of the list, then a line for each transition as it happens"),
    VerbEntry(
      verb: .unwatch, word: "unwatch", arguments: [], options: [], role: .observe, help: "no more of those lines"),

    VerbEntry(
      verb: .hello, word: "hello", arguments: [.version], options: [.client, .bound, .prober, .name], role: .observe,
      help: "who I am; bound=yes: my permits go back when this connection ends; prober=yes: I check dependencies"),
    VerbEntry(
      verb: .ping, word: "ping", arguments: [], options: [], role: .observe, help: "are you there?"),
    VerbEntry(
      verb: .help, word: "help", arguments: [.verb], options: [], role: .observe, help: "this list, or one verb of it"),
    VerbEntry(
      verb: .stats, word: "stats", arguments: [], options: [], role: .observe,
      help: "figures of the daemon, one key=value a row"),
    VerbEntry(
      verb: .metrics, word: "metrics", arguments: [.optionalGlob], options: [.cursor], role: .observe,
      help: "figures for Prometheus, a line of its text a row; ask again with the cursor until none comes"),
    VerbEntry(
      verb: .health, word: "health", arguments: [], options: [], role: .observe,
      help: "is the daemon well, and if not, why"),
    VerbEntry(
      verb: .quit, word: "quit", arguments: [], options: [], role: .observe, help: "end this connection"),

    VerbEntry(
      verb: .reset, word: "reset", arguments: [.glob], options: [.why], role: .admin,
      help: "close the breakers, forget counts, openings and forces"),
    VerbEntry(
      verb: .force, word: "force", arguments: [.name, .mode], options: [.for, .why], role: .admin,
      help: "refuse all calls, let all pass, or only observe; for: until then"),
    VerbEntry(
      verb: .release, word: "release", arguments: [.glob], options: [.why], role: .admin,
      help: "end the force: after open half-open, else closed"),
    VerbEntry(
      verb: .set, word: "set", arguments: [.name, .settings], options: [.why], role: .admin,
      help: "override keys of the policy for NAME"),
    VerbEntry(
      verb: .unset, word: "unset", arguments: [.name, .keys], options: [.why], role: .admin,
      help: "take overrides back"),
    VerbEntry(
      verb: .forget, word: "forget", arguments: [.glob], options: [.why], role: .admin,
      help: "drop the breakers, their counts and overrides"),
    VerbEntry(
      verb: .reload, word: "reload", arguments: [], options: [.why], role: .admin,
      help: "read the configuration again, and follow all of it or nothing"),
    VerbEntry(
      verb: .clients, word: "clients", arguments: [], options: [.limit, .cursor], role: .admin,
      help: "a row for each connection; ask again with the cursor until none comes"),
    VerbEntry(
      verb: .loglevel, word: "loglevel", arguments: [.level], options: [.for, .why], role: .admin,
      help: "log at trace, debug, info, notice, warning, error or critical; for: until then"),
    VerbEntry(
      verb: .sync, word: "sync", arguments: [], options: [], role: .observe,
      help: "answers when every transition and admin act before it is durable"),
    VerbEntry(
      verb: .backup, word: "backup", arguments: [], options: [.why], role: .admin,
      help: "copy the database, and say where to"),
  ]
}
