import BreakerCore
import BreakerProtocol

extension Summary {
  /// The summary for people, in lines.
  public func text(_ style: SummaryStyle) -> String {
    guard let timeline else { return "The trace has no steps.\n" }
    var text = counts + "\n"
    if !listedOutages.isEmpty { text += "\n" + outageTable }
    if end > start { text += "\n" + chart(timeline, style) }
    return text
  }

  // MARK: Counts

  private var counts: String {
    var lines: [String] = []
    let length = (end - start).readable
    if calls > 0 || reports == 0 {
      lines.append("\(calls) \(calls == 1 ? "call" : "calls") in \(length): " + passed + ".")
    }
    if reports > 0 {
      lines.append(
        reports == 1 ? "1 report of a call that had not asked." : "\(reports) reports of calls that had not asked.")
    }
    lines.append(opened)
    if refused > 0 {
      lines.append("It would have refused \(refused) \(refused == 1 ? "call" : "calls"): " + refusals + ".")
    }
    for (who, omens) in [("Under observe it", wouldTrip), ("The shadow", shadowWouldTrip)] {
      guard let first = omens.first else { continue }
      let times = times(omens.count)
      lines.append("\(who) would have opened \(times), first at \(first.at.readable): \(first.cause.readable).")
    }
    return lines.joined(separator: "\n")
  }

  private var passed: String {
    let passed = calls - refused
    let known = passedOutcomes.ok + passedOutcomes.failed + passedOutcomes.ignored
    let unknown = known < passed ? ", \(passed - known) did not end" : ""
    return "\(passed) let through, of which \(passedOutcomes.failed) failed" + unknown
  }

  private var opened: String {
    guard openings > 0 else { return "It would never have opened." }
    let length = Timespan(microseconds: time[Int(State.open.rawValue)]).readable
    return "It would have opened \(times(openings)) and been open for \(length) in all."
  }

  private var refusals: String {
    var parts = ["\(refusedOutcomes.failed) rightly (they failed)", "\(refusedOutcomes.ok) wrongly (they succeeded)"]
    if refusedOutcomes.ignored > 0 { parts.append("\(refusedOutcomes.ignored) ignored") }
    let unknown = refused - refusedOutcomes.failed - refusedOutcomes.ok - refusedOutcomes.ignored
    if unknown > 0 { parts.append("\(unknown) of which the trace has no outcome") }
    return parts.joined(separator: ", ")
  }

  private func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

  // MARK: Outages

  private var outageTable: String {
    var rows = [["OPENED AT", "CLOSED AFTER", "REOPENED", "REFUSED", "CAUSE"]]
    for outage in listedOutages {
      rows.append([
        outage.start.readable, outage.end.map { ($0 - outage.start).readable } ?? "not yet", "\(outage.reopenings)",
        "\(outage.refused)", outage.cause.readable,
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    var text = ""
    for row in rows {
      let cells = zip(row, widths).map { cell, width in cell + String(repeating: " ", count: width - cell.count) }
      text += cells.dropLast().joined(separator: "  ") + "  \(row[row.endIndex - 1])\n"
    }
    if outageCount > listedOutages.count { text += "and \(outageCount - listedOutages.count) more\n" }
    return text
  }

  // MARK: Chart

  private func chart(_ timeline: Timeline, _ style: SummaryStyle) -> String {
    let labels = max(State.allCases.map { $0.word.description.count }.max() ?? 0, 7) + 2
    let columns = timeline.columns(style.width - labels - 1)
    func row(_ label: String, _ colour: Int?, _ level: (Timeline.Slot) -> Double) -> String {
      var bars = String(columns.map { style.bars[Self.height(level($0), style.bars.count - 1)] })
      while bars.last == " " { bars.removeLast() }
      if style.hasColours, let colour { bars = "\u{1B}[\(colour)m\(bars)\u{1B}[0m" }
      return label + String(repeating: " ", count: labels - label.count) + bars + "\n"
    }
    let peak = max(Double(columns.map(\.calls).max() ?? 0), Double(columns.map(\.failed).max() ?? 0), 1)
    var text = row("calls", nil) { Double($0.calls) / peak }
    text += row("failed", nil) { Double($0.failed) / peak }
    if refused > 0 { text += row("refused", nil) { Double($0.refused) / peak } }
    for state in State.allCases where time[Int(state.rawValue)] > 0 {
      text += row(state.word.description, state.colour) { slot in
        Double(slot.time[Int(state.rawValue)]) / Double(max(slot.time.wrappedSum(), 1))
      }
    }
    let (first, last) = (start.readable, end.readable)
    let gap = max(columns.count - first.count - last.count, 1)
    return text + String(repeating: " ", count: labels) + first + String(repeating: " ", count: gap) + last + "\n"
  }

  /// What is more than nothing has a height of 1 at least.
  private static func height(_ level: Double, _ most: Int) -> Int {
    level <= 0 ? 0 : min(max(Int((level * Double(most)).rounded()), 1), most)
  }
}

extension Cause {
  /// The cause and its figures, in words.
  fileprivate var readable: String {
    let word = String(word.description.map { $0 == "_" ? " " : $0 })
    // Who held a permit is nothing that a trace could know.
    let figures = figures.filter { !$0.key.description.hasPrefix("holder_") }
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return figures.isEmpty ? word : "\(word) (\(figures))"
  }
}

extension State {
  /// In the numbers of a terminal.
  fileprivate var colour: Int {
    switch self {
    case .closed, .forcedClosed: 32
    case .open, .forcedOpen: 31
    case .halfOpen, .observe: 33
    }
  }
}
