internal import BreakerCore

/// A named set of settings with which breakers behave as those of a library that a team knows.
///
/// It stands by itself: what the library does not have is off, and opening times neither grow nor vary, so that nothing
/// of `defaults` shows through but the leases, without which no probe of a dead process would end, and `forget_after`.
public struct Preset: Sendable {
  /// The library, as `preset` names it.
  public let name: String
  /// The library in words, with its version, and what is not its own default.
  public let library: String
  /// What it sets, as a layer below the keys that stand beside it.
  let layer: Layer

  /// The keys that it sets, and `off` for all others but those few.
  public var settings: PolicySettings { layer.settings }

  /// The preset of this name; nil: there is none.
  static func named(_ name: String) -> Preset? { all.first { $0.name == name } }

  /// - Parameters:
  ///   - library: In words.
  ///   - duration: How long an opening lasts, always.
  ///   - values: What else is not as in `common`.
  init(_ name: String, _ library: String, openFor duration: Timespan, _ values: [PolicyKey: SettingValue]) {
    self.name = name
    self.library = library
    var all = Self.common.merging(values) { $1 }
    all[.openDuration] = .duration(duration)
    all[.openMaxDuration] = .duration(duration)
    let given = PolicySettings(values)
    if !KeySet.window.keys.contains(where: given.gives) { all[.tripWindow] = .word("none") }
    if !KeySet.verdict.keys.contains(where: given.gives) { all[.halfOpenSuccesses] = .count(1) }
    let off = PolicyKey.allCases.filter { all[$0] == nil && !Self.ours.contains($0) }
    layer = Layer(source: .preset(name), settings: PolicySettings(all, off: off))
  }

  /// What no library has, so that a preset says nothing of it.
  private static let ours: [PolicyKey] = [.concurrencyLease, .halfOpenLease, .halfOpenMaxLease, .forgetAfter]

  /// What all of them have.
  private static let common: [PolicyKey: SettingValue] = [
    .openBackoff: .factor(hundredths: 100), .openJitter: .rate(Rate(basisPoints: 0)), .tripOnSuccess: .flag(false),
    .halfOpenProbes: .count(1),
    .recovery: .word(Policy.Recovery.traffic.rawValue),
  ]
}
