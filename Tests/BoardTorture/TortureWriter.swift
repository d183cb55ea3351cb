import BreakerBoard

/// Publishes change after change, each word of which follows from its number, so that a torn one would be seen.
struct TortureWriter {
  let path: String
  let progress: Progress

  /// The word of a name's change.
  static func word(_ name: Int, _ number: UInt64) -> BoardWord {
    let states: [BoardState] = [.closed, .open, .halfOpen, .forcedOpen]
    let ticks = UInt32(truncatingIfNeeded: (number &* 31 &+ UInt64(name)) &* 2_654_435_761)
    return BoardWord(states[Int(number % 4)], generation: number, retryTicks: ticks)
  }

  /// Runs until the process is killed.
  func run() throws {
    let identity = BoardIdentity(
      epoch: .random(in: 0 ... .max), seed: .random(in: 0 ... .max), base: BoardClock.coarse)
    let writer = try BoardWriter(path: path, identity: identity)
    // A run that was killed may have published one change more than it has told.
    change(writer, by: 2)
    try writer.place(at: BoardClock.coarse)
    for round in 0... {
      change(writer, by: 1)
      // Names that come and go, so that file replaces file.
      publish(.forgotten, "passing-\(round - 1)", writer)
      publish(BoardWord(.closed, generation: 1), "passing-\(round)", writer)
      if writer.needsRoom { _ = try writer.grow(64) }
      writer.beat(at: BoardClock.coarse)
    }
  }

  private func change(_ writer: BoardWriter, by step: UInt64) {
    for (index, name) in Progress.names.enumerated() {
      let number = progress[index] + step
      publish(Self.word(index, number), name, writer)
      progress[index] = number
    }
  }

  private func publish(_ word: BoardWord, _ name: String, _ writer: BoardWriter) {
    var name = name
    name.withUTF8 { _ = writer.publish(word, slowCall: 0, for: UnsafeRawBufferPointer($0)) }
  }
}
