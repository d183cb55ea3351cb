internal import ArgumentParser
internal import BreakerClient

/// The tool of shells and admins.
@main
struct Breakerctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "breakerctl",
    abstract: "Ask, tell and steer the circuit breakers that breakerd keeps for this host.",
    discussion: """
      Exit codes: 0 done or allowed, 1 something is to be mended (doctor), 75 denied, 69 breakerd cannot be reached, or cannot save (sync), 77 not permitted, 64 wrong usage, 65 bad \
      data, 73 a file cannot be written, 78 bad configuration; exec besides what its command exits with, or 124, 126, 127.

      Durations are a number and ms, s, m, h or d, as 250ms or 1.5h. A GLOB may hold * and ?; quote it.
      """,
    version: BreakerClient.version,
    groupedSubcommands: [
      CommandGroup(name: "Guarding calls", subcommands: [Allow.self, ReportCall.self, Exec.self]),
      CommandGroup(
        name: "Looking",
        subcommands: [
          StateOf.self, Show.self, Why.self, PolicyOf.self, ShadowOf.self, List.self, Events.self, Watch.self,
        ]),
      CommandGroup(
        name: "Steering",
        subcommands: [Reset.self, Force.self, Release.self, Forget.self, SetKeys.self, UnsetKeys.self]),
      CommandGroup(
        name: "The daemon",
        subcommands: [
          Ping.self, Health.self, Doctor.self, Stats.self, Metrics.self, Clients.self, Hello.self, Reload.self,
          LogLevel.self,
          Sync.self,
          Backup.self,
          Verbs.self, Bench.self,
        ]),
    ])

  @OptionGroup var options: CommonOptions
}
