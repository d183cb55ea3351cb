/// The colours of states on a terminal.
enum StateColor {
  /// `text` in the colour of `state`, if so wished.
  static func paint(_ text: String, state: String, if wanted: Bool) -> String {
    guard wanted, let code = code(of: state) else { return text }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }

  private static func code(of state: String) -> Int? {
    switch state {
    case "closed": 32
    case "open": 31
    case "half-open": 33
    case "forced-open", "forced-closed": 35
    case "observe": 36
    default: nil
    }
  }
}
