internal import BreakerProtocol

/// Writes JSON: objects of the words of a row, numbers as numbers, all else as strings.
enum JSONText {
  /// These keys hold free words; that one looks like a number does not make it one.
  private static let words: Set<String> = [
    "name", "token", "epoch", "client", "version", "why", "err", "owner", "runbook", "user", "group", "cursor",
  ]

  /// These hold `true` or `false`.
  private static let flags: Set<String> = ["unsaved", "saved"]

  /// An array, one element a line.
  static func array(_ elements: [String]) -> String {
    elements.isEmpty ? "[]" : "[\n" + elements.joined(separator: ",\n") + "\n]"
  }

  /// The words of a row as an object; those without key are the strings of `words`.
  static func object(_ fields: Fields) -> String {
    guard !fields.words.isEmpty else { return object(fields.pairs) }
    let words = fields.words.map(string).joined(separator: ",")
    let rest = fields.pairs.isEmpty ? "" : "," + object(fields.pairs).dropFirst().dropLast()
    return "{\"words\":[\(words)]\(rest)}"
  }

  /// An object with these members, the first of each key.
  static func object(_ pairs: [Fields.Pair]) -> String {
    var seen: Set<String> = []
    let members = pairs.filter { seen.insert($0.key).inserted }.map { pair in
      let isFlag = flags.contains(pair.key) && ["true", "false"].contains(pair.value)
      let isBare = isFlag || isNumber(pair.value) && !words.contains(pair.key)
      return string(pair.key) + ":" + (isBare ? pair.value : string(pair.value))
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// A string with what JSON wants escaped.
  static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{0}"..."\u{1F}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Whether `text` is a number as JSON writes them, and every reader of JSON can hold it exactly.
  static func isNumber(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count) else { return false }
    guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return false }
    // A double holds every whole number up to 2^53, and every decimal of 15 digits.
    let isExact = parts.count == 1 ? Int64(digits).map { $0 <= 1 << 53 } ?? false : digits.count <= 15
    guard isExact else { return false }
    return parts[0] == "0" || !parts[0].hasPrefix("0")
  }
}
