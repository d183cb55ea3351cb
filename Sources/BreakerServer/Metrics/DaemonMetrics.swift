internal import BreakerBoard
internal import BreakerConfiguration
internal import BreakerCore
internal import BreakerProtocol

extension MetricFamily where Subject == Engine {
  /// All that is told of the daemon. Its counters begin with its start.
  static var ofDaemon: [MetricFamily] { identity + breakers + connections + requests + store + process }

  private static var identity: [MetricFamily] {
    [
      MetricFamily("breakerd_info", .gauge, "1; the version of the daemon.") {
        [MetricSample(1, "version", $0.about.version)]
      },
      MetricFamily("breakerd_start_time_seconds", .gauge, "When the daemon started, in seconds since 1970.") {
        [MetricSample(microseconds: $0.about.start.wall)]
      },
      MetricFamily("breakerd_degraded", .gauge, "1 if an admin should look after something: see breakerd_trouble.") {
        $0.troubles.isEmpty ? 0 : 1
      },
      MetricFamily("breakerd_trouble", .gauge, "1 for each reason for which health says degraded.") { engine in
        // What the store says of damage has figures and paths in it.
        let damages = Set(engine.durability.damages.map(\.word))
        return Set(engine.troubles.map { damages.contains($0) ? "store_damaged" : $0 }).sorted().map {
          MetricSample(1, "reason", $0)
        }
      },
    ]
  }

  private static var breakers: [MetricFamily] {
    [
      MetricFamily("breakerd_breakers", .gauge, "Breakers, by what they are doing.") { engine in
        State.allCases.map { MetricSample(UInt64(engine.census[$0]), "state", $0.word.description) }
      },
      MetricFamily("breakerd_breakers_limit", .gauge, "The most breakers: daemon.max_breakers.") {
        UInt64($0.limits.breakers)
      },
      MetricFamily(
        "breakerd_breakers_unlisted", .gauge, "How many breakers there are beyond daemon.metrics_breakers."
      ) { UInt64(max($0.table.count - $0.limits.metricsBreakers, 0)) },
      MetricFamily("breakerd_rules", .gauge, "Patterns in the configuration in force.") {
        UInt64($0.ruleset.configuration.rules.count)
      },
      MetricFamily("breakerd_transitions_total", .counter, "Changes of state or mode, and resets, of all breakers.") {
        $0.counters.transitions
      },
      MetricFamily("breakerd_forgotten_total", .counter, "Breakers that were dropped since nobody used them.") {
        $0.counters.forgotten
      },
      MetricFamily("breakerd_unmanaged_total", .counter, "Calls let through since there are too many breakers.") {
        $0.counters.unmanaged
      },
      MetricFamily("breakerd_calls_out", .gauge, "Calls under way that are tracked, of all breakers.") {
        UInt64($0.callsOut)
      },
      MetricFamily("breakerd_calls_limit", .gauge, "How many calls under way can be tracked.") {
        UInt64($0.limits.calls)
      },
      MetricFamily("breakerd_untracked_total", .counter, "Calls not watched, since too many are under way.") {
        $0.counters.untracked
      },
    ]
  }

  private static var connections: [MetricFamily] {
    [
      MetricFamily("breakerd_connections", .gauge, "Connections, by socket.") {
        [
          MetricSample(UInt64($0.sessions.count - $0.adminSessions), "socket", "clients"),
          MetricSample(UInt64($0.adminSessions), "socket", "admin"),
        ]
      },
      MetricFamily("breakerd_connections_limit", .gauge, "The most connections, by socket.") {
        [
          MetricSample(UInt64($0.limits.connections), "socket", "clients"),
          MetricSample(UInt64($0.limits.adminConnections), "socket", "admin"),
        ]
      },
      MetricFamily("breakerd_connections_total", .counter, "Connections accepted.") { $0.counters.connections },
      MetricFamily("breakerd_connections_refused_total", .counter, "Connections refused for want of a place.") {
        $0.counters.refusedConnections
      },
      MetricFamily("breakerd_connections_stalled_total", .counter, "Connections closed: their replies were not read.") {
        $0.counters.stalledConnections
      },
      MetricFamily("breakerd_accepts_failed_total", .counter, "Connections that could not be accepted.") {
        $0.counters.failedAccepts
      },
      MetricFamily("breakerd_watchers", .gauge, "Connections that watch.") { UInt64($0.watchers.count) },
    ]
  }

  private static var requests: [MetricFamily] {
    [
      MetricFamily("breakerd_requests_total", .counter, "Requests.") { $0.counters.requests },
      MetricFamily("breakerd_request_errors_total", .counter, "Requests answered with an error.") {
        $0.counters.errors
      },
      MetricFamily("breakerd_reloads_total", .counter, "Reloads of the configuration, by their result.") {
        [
          MetricSample($0.counters.reloads, "result", "ok"),
          MetricSample($0.counters.failedReloads, "result", "failed"),
        ]
      },
      MetricFamily("breakerd_last_reload_successful", .gauge, "0 if the last reload was refused, else 1.") {
        $0.lastReloadFailed ? 0 : 1
      },
      MetricFamily("breakerd_loop_lag_seconds", .gauge, "How late the loop came to its last deadline.") {
        [MetricSample(microseconds: $0.lag.microseconds)]
      },
      MetricFamily("breakerd_loop_lag_max_seconds", .gauge, "How late it came to one at worst since it started.") {
        [MetricSample(microseconds: $0.worstLag.microseconds)]
      },
    ]
  }

  private static var store: [MetricFamily] {
    [
      MetricFamily("breakerd_commits_total", .counter, "Commits of the store.") { $0.counters.commits },
      MetricFamily("breakerd_commits_failed_total", .counter, "Commits, or attempts to open the store, that failed.") {
        $0.counters.failedCommits
      },
      MetricFamily("breakerd_changes_waiting", .gauge, "Changes that are not durable yet.") { $0.durability.waiting },
      MetricFamily("breakerd_events_dropped_total", .counter, "Events dropped: too many waited for the store.") {
        $0.journal.droppedEvents
      },
      MetricFamily("breakerd_log_lines_dropped_total", .counter, "Lines of the log dropped: nobody read them.") {
        $0.sink.dropped
      },
      MetricFamily("breakerd_board_slots", .gauge, "Places on the board; 0: there is none.") {
        UInt64($0.board?.writer.slots ?? 0)
      },
      MetricFamily("breakerd_board_names", .gauge, "Names on the board.") { UInt64($0.board?.writer.names ?? 0) },
      MetricFamily("breakerd_board_overflow", .gauge, "Names without a place on the board.") {
        UInt64($0.board?.writer.overflow ?? 0)
      },
    ]
  }

  private static var process: [MetricFamily] {
    [
      MetricFamily("breakerd_process_cpu_seconds_total", .counter, "Processor time used.") { _ in
        [MetricSample(microseconds: ProcessFacts.processorMicroseconds)]
      },
      MetricFamily("breakerd_process_resident_memory_bytes", .gauge, "Memory in use.") { _ in
        ProcessFacts.residentBytes
      },
    ]
  }
}
