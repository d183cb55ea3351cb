import Foundation

/// A recorded run of calls from another breaker's own tests, and what came of each there.
///
/// Tests/Fixtures/peers has a file for each peer. A line that begins with `trace` begins a trace, the lines after it are
/// its steps, in the form that `breakerd simulate` reads, with `want`: the peer's answer. A step with `ours` is one at
/// which breakerd answers differently, and that is its answer.
struct PeerTrace: Sendable {
  /// What a trace is called, where it comes from, and the policy that it follows here.
  struct Head: Decodable, Sendable {
    /// Its name in the file; also the name of the breaker.
    let trace: String
    /// The peer's test, or the file that was read.
    let source: String
    /// What it shows.
    let title: String
    /// The lines of a pattern of the configuration.
    let policy: [String]
    /// The row under "Where peers differ" in docs/semantics.md that says why it cannot agree.
    let differs: String?
  }

  /// One thing that is done.
  struct Step: Sendable {
    /// As `simulate` is given it.
    let line: String
    /// What the peer answers; nil: nobody looked.
    let want: StepOutcome?
    /// What breakerd answers where that is something else.
    let ours: StepOutcome?
  }

  let head: Head
  var steps: [Step] = []

  /// The traces of all peers, by the name of the peer.
  static let all: [String: [PeerTrace]] = {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/peers")
    let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
    let pairs = files.filter { $0.pathExtension == "jsonl" }.map { file in
      (file.deletingPathExtension().lastPathComponent, read(FileFacts.text(file.path)))
    }
    return Dictionary(uniqueKeysWithValues: pairs)
  }()

  /// The peers, in the order of the alphabet.
  static let peers = all.keys.sorted()

  /// The traces in a file. A line that cannot be read ends it, so that the counts of the documentation are not met.
  private static func read(_ text: String) -> [PeerTrace] {
    var traces: [PeerTrace] = []
    for line in text.split(separator: "\n") {
      if let head = try? JSONDecoder().decode(Head.self, from: Data(line.utf8)) {
        traces.append(PeerTrace(head: head))
      } else if let step = Step(String(line)), !traces.isEmpty {
        traces[traces.count - 1].steps.append(step)
      } else {
        return []
      }
    }
    return traces
  }
}

extension PeerTrace.Step {
  private struct Wants: Decodable {
    let want: StepOutcome?
    let ours: StepOutcome?
  }

  /// Reads a line; nil if it is none, or if anything stands after what is wanted.
  init?(_ text: String) {
    guard let wants = try? JSONDecoder().decode(Wants.self, from: Data(text.utf8)) else { return nil }
    let cut = text.range(of: #","want":"#)?.lowerBound
    guard (cut == nil) == (wants.want == nil), wants.want != nil || wants.ours == nil else { return nil }
    line = cut.map { text[..<$0] + "}" } ?? text
    want = wants.want
    ours = wants.ours
  }
}
