// swift-tools-version: 6.2
import PackageDescription

// Programs that libFuzzer drives with random bytes; `make fuzz` builds and runs them. A package of its own, so that no
// ordinary build sees them. `Sources` is that of the main package.

let modern: [SwiftSetting] = [
  .unsafeFlags(["-sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table"]),
  .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// For modules of which a target uses what is not public.
let open = modern + [.unsafeFlags(["-enable-testing"])]

/// libFuzzer has the main function.
func fuzzer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Targets/\(name)",
    swiftSettings: modern + [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
  name: "fuzz",
  dependencies: [.package(url: "https://github.com/jpsim/Yams", from: "6.2.0")],
  targets: [
    fuzzer("configuration", ["BreakerConfiguration", "BreakerCore"]),
    fuzzer("trace", ["BreakerReplay", "BreakerCore"]),
    fuzzer("request", ["BreakerProtocol", "BreakerCore"]),
    fuzzer("reply", ["BreakerClient", "BreakerProtocol", "BreakerCore"]),
    fuzzer("board", ["BreakerBoard"]),
    fuzzer("row", ["BreakerServer", "BreakerStore", "BreakerConfiguration", "BreakerProtocol", "BreakerCore"]),
    .executableTarget(name: "c-client", path: "Targets/c-client"),
    // Of these two only what needs no event loop, so that none has to be built.
    .target(name: "BreakerClient", dependencies: ["BreakerProtocol"], path: "Parts/BreakerClient", swiftSettings: open),
    .target(
      name: "BreakerServer", dependencies: ["BreakerConfiguration", "BreakerStore", "BreakerProtocol", "BreakerCore"],
      path: "Parts/BreakerServer", swiftSettings: open),
    .target(name: "BreakerStore", dependencies: ["CSQLite"], swiftSettings: open),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "BreakerBoard", swiftSettings: open),
    .target(
      name: "BreakerConfiguration",
      dependencies: ["BreakerProtocol", "BreakerCore", .product(name: "Yams", package: "Yams")], swiftSettings: modern),
    .target(name: "BreakerReplay", dependencies: ["BreakerCore", "BreakerProtocol"], swiftSettings: modern),
    .target(name: "BreakerProtocol", dependencies: ["BreakerCore"], swiftSettings: modern),
    .target(name: "BreakerCore", swiftSettings: modern),
  ]
)
