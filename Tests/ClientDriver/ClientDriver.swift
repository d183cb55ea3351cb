import BreakerClient
import Glibc

/// The driver of clients/conformance for the Swift client, without concurrency or, with `async` for an argument, with it; its
/// README says what a driver has to do.
@main struct ClientDriver {
  static func main() async {
    var driver = Driver(isAsync: CommandLine.arguments.contains("async"))
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      guard let verb = words.first, verb != "exit" else { break }
      if verb == "leave" { exit(0) }
      let answer = Array((await driver.obey(verb, Command(words.dropFirst())) + "\n").utf8)
      _ = write(STDOUT_FILENO, answer, answer.count)
    }
    await driver.close()
  }
}

/// What stands behind the verb: words, and options.
struct Command {
  let words: [String]
  private let options: [String: String]

  init(_ parts: ArraySlice<String>) {
    words = parts.filter { !$0.contains("=") }
    let pairs = parts.compactMap { part in
      part.firstIndex(of: "=").map { (String(part[..<$0]), String(part[part.index(after: $0)...])) }
    }
    options = Dictionary(pairs) { $1 }
  }

  subscript(_ option: String) -> String? { options[option] }

  func number(_ option: String) -> Int? { options[option].flatMap { Int($0) } }

  func milliseconds(_ option: String) -> Duration? { number(option).map { .milliseconds($0) } }

  /// The word at this place; empty: there is none.
  func word(_ place: Int) -> String { place < words.count ? words[place] : "" }
}
