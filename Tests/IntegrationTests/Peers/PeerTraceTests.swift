import TestSupport
import Testing

/// Other breakers' own tests, run through the configuration file and the presets, by the real program.
@Suite(.offThePool) struct PeerTraceTests {
  @Test(arguments: PeerTrace.peers)
  func eachStepComesToWhatThePeerSaysOrToTheListedDifference(of peer: String) throws {
    let traces = PeerTrace.all[peer, default: []]
    let simulation = try Simulation(following: traces)
    for trace in traces {
      let outcomes = try simulation.outcomes(of: trace)
      try #require(outcomes.count == trace.steps.count, "\(peer) \(trace.head.trace)")
      for (step, outcome) in zip(trace.steps, outcomes) {
        guard let want = step.want else { continue }
        let ours = step.ours.map { want.overlaid(by: $0) } ?? want
        #expect(outcome.agrees(with: ours), "\(peer) \(trace.head.trace): \(step.line) came to \(outcome)")
        guard let difference = step.ours else { continue }
        #expect(!outcome.agrees(with: want.limited(to: difference)), "\(peer) \(trace.head.trace) agrees: \(step.line)")
      }
    }
  }

  @Test func aTraceIsSaidToDifferExactlyIfOneOfItsStepsDoes() {
    #expect(PeerTrace.peers.count > 10)
    for (peer, traces) in PeerTrace.all {
      #expect(!traces.isEmpty && Set(traces.map(\.head.trace)).count == traces.count, "\(peer)")
      for trace in traces {
        #expect(trace.steps.contains { $0.want != nil }, "\(peer) \(trace.head.trace)")
        #expect(
          trace.steps.contains { $0.ours != nil } == (trace.head.differs != nil), "\(peer) \(trace.head.trace)")
      }
    }
  }
}

/// What docs/semantics.md says of the peers' traces is held against the traces.
@Suite struct PeerPageTests {
  private let page = Result { try DocumentationPage("docs/semantics.md") }

  @Test func eachDifferenceNamesItsTraces() throws {
    let named = try page.get().rows(under: "## Where peers differ").map { row in
      row.dropFirst(2).split(separator: " | ").prefix(2).map(String.init)
    }
    var traces: [String: [String]] = [:]
    for peer in PeerTrace.peers {
      for trace in PeerTrace.all[peer, default: []] {
        guard let reason = trace.head.differs else { continue }
        traces[reason, default: []].append("\(peer) `\(trace.head.trace)`")
      }
    }
    let expected = traces.map { ["`\($0)`", $1.joined(separator: ", ")] }
    #expect(named.sorted { $0[0] < $1[0] } == expected.sorted { $0[0] < $1[0] })
  }

  @Test func theTableCountsTheTraces() throws {
    let expected = PeerTrace.peers.map { peer in
      let traces = PeerTrace.all[peer, default: []]
      let differing = traces.count { $0.head.differs != nil }
      return DocumentationPage.row(
        code: peer, "\(traces.count)", "\(traces.count - differing)", "\(differing)")
    }
    let found = try page.get().rows(under: "## The peers' own traces")
    #expect(found == expected, "the rows should be:\n\(expected.joined(separator: "\n"))")
  }
}
