import TestSupport
import Testing

/// What one client knows of the breakers that only it changes, from the replies that it got.
final class Ledger: @unchecked Sendable {
  /// A state that must survive any end of the daemon once it is acknowledged.
  enum Fact: Equatable {
    case unknown, closed, opened, forced(String)

    /// Whether a breaker that is shown in `state` (nil: there is none) can be in it.
    func allows(_ state: String?) -> Bool {
      switch self {
      case .unknown: state == nil
      case .closed: state == "closed"
      // When its time is over it is half-open.
      case .opened: state == "open" || state == "half-open"
      case .forced(let mode): state == "forced-" + mode
      }
    }

    init(_ state: String?) {
      switch state {
      case nil: self = .unknown
      case "open", "half-open": self = .opened
      case "forced-open": self = .forced("open")
      case "forced-closed": self = .forced("closed")
      default: self = .closed
      }
    }
  }

  /// The lease set for a name; nil: none.
  typealias Setting = String?

  private let prefix: String
  /// What each breaker is, and what it can be after a sudden end.
  private var truth: [String: Fact] = [:]
  private var possible: [String: [Fact]] = [:]
  private var settings: [String: [Setting]] = [:]
  /// Permits of this run that have not been settled.
  private var permits: [String: String] = [:]
  /// Generations seen in this run.
  private(set) var generations: [Int] = []
  private(set) var acknowledged = 0
  private(set) var unsaved = 0
  private var random: SplitMix64

  init(_ prefix: String, seed: UInt64) {
    self.prefix = prefix
    random = SplitMix64(seed: seed)
  }

  private var name: String { "\(prefix)-\(Int.random(in: 0..<25, using: &random))" }

  // MARK: Changing

  /// Changes breakers until the daemon is gone.
  func work(_ daemon: DaemonProcess) {
    guard let client = try? daemon.admin() else { return }
    while (try? act(client)) != nil {}
  }

  private func act(_ client: LineClient) throws {
    let name = name
    let truth = self.truth[name] ?? .unknown
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<3:
      let canTrip = truth == .closed || truth == .unknown
      let reply = try change(name, to: canTrip ? .opened : truth, "report \(name) fail", client) {
        $0.hasPrefix("+ok open retry_ms=")
      }
      #expect(!canTrip || reply.hasPrefix("+ok open"), "\(name) was \(truth): \(reply)")
    case 3..<5: try recover(name, client)
    case 5:
      let mode = random.once(in: 2) ? "open" : "closed"
      _ = try change(name, to: .forced(mode), "force \(name) \(mode) for=1h", client)
    case 6..<8: _ = try change(name, to: .closed, "reset \(name)", client) { $0.hasPrefix("+ok 1") }
    case 8:
      let value = "\(Int.random(in: 31..<60, using: &random))s"
      // It makes the breaker if there is none.
      settings[name, default: [nil]].append(value)
      let fact = truth == .unknown ? .closed : truth
      let reply = try change(name, to: fact, "set \(name) half_open.lease=\(value)", client)
      if reply == "+ok 1" { settings[name] = [value] }
    default:
      settings[name, default: [nil]].append(nil)
      let reply = try change(name, to: .unknown, "forget \(name)", client)
      if !reply.hasSuffix(" unsaved") { settings[name] = [nil] }
    }
  }

  /// Sends a request that brings the name to `fact` if `works` says so of its reply. That is certain only when the reply
  /// has come, and does not say `unsaved`.
  private func change(
    _ name: String, to fact: Fact, _ request: String, _ client: LineClient, works: (String) -> Bool = { _ in true }
  ) throws -> String {
    let before = possible[name] ?? [.unknown]
    possible[name] = before + [fact]
    let reply = try client.ask(request)
    guard reply.hasPrefix("+ok") else { throw LineClient.Failure.closed(reply) }
    guard works(reply) else {
      possible[name] = before
      return reply
    }
    truth[name] = fact
    if reply.hasSuffix(" unsaved") {
      unsaved += 1
    } else {
      acknowledged += 1
      possible[name] = [fact]
    }
    return reply
  }

  private func recover(_ name: String, _ client: LineClient) throws {
    let reply = try client.ask("allow \(name)")
    let words = reply.split(separator: " ").map(String.init)
    guard words[0] == "+allow", words.count > 2 else { return }
    if truth[name] ?? .unknown == .unknown {
      truth[name] = .closed
      possible[name, default: [.unknown]].append(.closed)
    }
    guard words[1] == "half-open" else { return }
    // A closed one goes on with the generation of an earlier life, a half-open one never does.
    if let generation = Int(words[2].prefix { $0 != "." }) { generations.append(generation) }
    permits[name] = words[2]
    guard random.once(in: 2) else { return }
    _ = try change(name, to: .closed, "report \(name) ok \(words[2])", client) { $0.hasPrefix("+ok closed") }
  }

  // MARK: Checking

  /// Expects that all that was acknowledged holds in the daemon that has been started again, and goes on from there.
  func check(_ client: LineClient, _ comment: String) throws {
    for (name, permit) in permits where possible[name]?.contains(.unknown) == false {
      #expect(try client.ask("report \(name) fail \(permit)") == "+ok stale", "\(comment): \(name) \(permit)")
    }
    permits = [:]
    generations = []
    for (name, possible) in self.possible {
      let shown = try client.table("show \(name)")
      let state = shown["state"]
      #expect(possible.contains { $0.allows(state) }, "\(comment): \(name) is \(state ?? "unknown"), not \(possible)")
      let setting = shown["set.half_open.lease"]
      let settings = self.settings[name, default: [nil]]
      #expect(settings.contains(setting), "\(comment): \(name) has \(setting ?? "nothing") set, not \(settings)")
      truth[name] = Fact(state)
      self.possible[name] = [Fact(state)]
      self.settings[name] = [setting]
      guard state == "half-open" else { continue }
      // Nothing is stuck: what the run before gave out hinders nobody.
      let reply = try client.ask("allow \(name)")
      #expect(reply.hasPrefix("+allow half-open "), "\(comment): \(name) \(reply)")
      guard reply.hasPrefix("+allow half-open ") else { continue }
      let closed = try client.ask("report \(name) ok \(reply.split(separator: " ")[2])")
      #expect(closed.hasPrefix("+ok closed"), "\(comment): \(name) \(closed)")
      truth[name] = .closed
      self.possible[name] = closed.hasSuffix(" unsaved") ? [.opened, .closed] : [.closed]
    }
  }
}
