/// One claim, held against what happened.
struct Check: Sendable {
  /// Whether it held.
  let holds: Bool
  /// The claim, with its figures.
  let text: String

  /// The form for people.
  var line: String { (holds ? "  ok      " : "  NOT OK  ") + text }
}
