// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: strict, and without warnings.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

/// For what runs on the event loop's one thread: debug builds, and with them the tests, check at run time that no two
/// accesses to a property overlap; in a release build that would take a tenth of the time of a request.
let hot: [SwiftSetting] =
  strict + [
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release))
  ]

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "breakerd",
  products: [
    .executable(name: "breakerd", targets: ["breakerd"]),
    .executable(name: "breakerctl", targets: ["breakerctl"]),
    .library(name: "BreakerClient", targets: ["BreakerClient"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    // The latencies of `breakerctl bench`.
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // Each target points only downwards.
    .executableTarget(
      name: "breakerd",
      dependencies: [
        "BreakerServer", "BreakerReplay", "BreakerConfiguration", "BreakerStore", "BreakerProtocol", "BreakerCore",
        arguments, logging,
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "breakerctl",
      dependencies: ["BreakerClient", "BreakerLoad", "BreakerProtocol", "BreakerCore", arguments],
      swiftSettings: strict),
    // Shows the whole at work; not installed.
    .executableTarget(
      name: "breakerd-demo",
      dependencies: [
        "BreakerClient", "BreakerProtocol", arguments, .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "BreakerServer",
      dependencies: [
        "BreakerBoard", "BreakerCore", "BreakerProtocol", "BreakerConfiguration", "BreakerStore", "CPrefetch", logging,
        .product(name: "DequeModule", package: "swift-collections"),
      ] + nio,
      swiftSettings: hot),
    .target(
      name: "BreakerClient",
      dependencies: [
        "BreakerBoard", "BreakerCore", "BreakerProtocol", logging,
        .product(name: "DequeModule", package: "swift-collections"),
      ] + nio,
      swiftSettings: strict),
    .target(
      name: "BreakerLoad",
      dependencies: ["BreakerClient", "CEpoll", .product(name: "Histogram", package: "hdrhistogram-swift")],
      swiftSettings: strict),
    .systemLibrary(name: "CEpoll"),
    .systemLibrary(name: "CPrefetch"),
    // Compares breakerd with other servers; not installed.
    .executableTarget(
      name: "bench-load", dependencies: ["BreakerLoad", arguments], path: "Benchmarks/Load", swiftSettings: strict),
    .target(name: "BreakerStore", dependencies: ["CSQLite"], swiftSettings: strict),
    .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .target(
      name: "BreakerConfiguration",
      dependencies: ["BreakerCore", "BreakerProtocol", .product(name: "Yams", package: "Yams")],
      swiftSettings: strict),
    .target(name: "BreakerBoard", swiftSettings: strict),
    .target(name: "BreakerReplay", dependencies: ["BreakerCore", "BreakerProtocol"], swiftSettings: strict),
    .target(name: "BreakerProtocol", dependencies: ["BreakerCore"], swiftSettings: strict),
    .target(name: "BreakerCore", swiftSettings: strict),
    .testTarget(
      name: "BreakerCoreTests", dependencies: ["BreakerCore", "TestSupport"], swiftSettings: strict),
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(
      name: "BreakerProtocolTests", dependencies: ["BreakerProtocol", "BreakerCore", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "BreakerReplayTests",
      dependencies: ["BreakerReplay", "BreakerConfiguration", "BreakerCore", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "BreakerConfigurationTests",
      dependencies: ["BreakerConfiguration", "BreakerProtocol", "BreakerCore", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "BreakerClientTests",
      dependencies: ["BreakerClient", "BreakerBoard", "BreakerProtocol", "BreakerCore", logging] + nio,
      swiftSettings: strict),
    .testTarget(
      name: "breakerctlTests", dependencies: ["breakerctl", "BreakerClient", "BreakerCore", "BreakerProtocol"],
      swiftSettings: strict),
    .testTarget(
      name: "BreakerServerTests",
      dependencies: [
        "BreakerServer", "BreakerStore", "BreakerConfiguration", "BreakerProtocol", "BreakerCore", "TestSupport",
        logging,
      ] + nio,
      swiftSettings: strict),
    // Real processes: the executables are dependencies so that they are built.
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "breakerd", "breakerctl", "BreakerBoard", "BreakerStore", "BreakerClient", "BreakerProtocol", "TestSupport",
        "call-worker", "client-worker",
      ],
      swiftSettings: strict),
    // What a guarded call costs; not installed.
    .executableTarget(
      name: "client-benchmark", dependencies: ["BreakerClient", "BreakerBoard"], path: "Benchmarks/Client",
      exclude: ["run.sh"],
      swiftSettings: strict),
    // Processes that make calls with the Swift client.
    .executableTarget(
      name: "client-worker", dependencies: ["BreakerClient"], path: "Tests/ClientWorker", swiftSettings: strict),
    // The Swift client's part in clients/conformance.
    .executableTarget(
      name: "client-driver", dependencies: ["BreakerClient", logging], path: "Tests/ClientDriver",
      swiftSettings: strict),
    // Processes that make calls.
    .executableTarget(name: "call-worker", path: "Tests/CallWorker", swiftSettings: strict),
    .testTarget(
      name: "BreakerStoreTests", dependencies: ["BreakerStore", "CSQLite", "TestSupport", "store-torture"],
      swiftSettings: strict),
    .testTarget(
      name: "BreakerBoardTests", dependencies: ["BreakerBoard", "TestSupport", "board-torture"], swiftSettings: strict),
    // Processes for the tests of the board: a writer to kill, readers that check what they see.
    .executableTarget(
      name: "board-torture", dependencies: ["BreakerBoard"], path: "Tests/BoardTorture", swiftSettings: strict),
    // Processes for the tests of the store to kill; its `measure` prints how long the store takes.
    .executableTarget(
      name: "store-torture", dependencies: ["BreakerStore"], path: "Tests/StoreTorture", swiftSettings: strict),
  ]
)
