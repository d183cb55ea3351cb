internal import BreakerClient
internal import BreakerProtocol

/// What a command of `watch --exec` is told.
enum HookEnvironment {
  /// The environment `own`, with the transition in it instead of what `BREAKER_…` it had.
  static func variables(for transition: BreakerTransition, in own: [String]) -> [String] {
    let fixed = [
      ("NAME", transition.name), ("FROM", transition.from), ("TO", transition.to), ("CAUSE", transition.cause),
      ("SEQ", "\(transition.sequence)"), ("AT", transition.at),
    ]
    var seen: Set<String> = []
    let told = (fixed + transition.figures.map { (key($0.key), $0.value) }).filter { seen.insert($0.0).inserted }
    return own.filter { !$0.hasPrefix("BREAKER_") } + told.map { "BREAKER_\($0.0)=\($0.1)" }
  }

  /// `key` as it can stand in a variable's name.
  private static func key(_ key: String) -> String {
    String(
      key.unicodeScalars.map {
        $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) ? Character($0) : "_"
      }
    )
    .uppercased()
  }
}
