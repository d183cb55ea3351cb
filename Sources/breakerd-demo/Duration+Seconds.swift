extension Duration {
  /// In seconds with two decimals: `0.98 s`.
  var inSeconds: String {
    let (seconds, attoseconds) = components
    let hundredths = max(seconds * 100 + (attoseconds + 5_000_000_000_000_000) / 10_000_000_000_000_000, 0)
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
  }
}
