import BreakerConfiguration
import BreakerCore
import BreakerProtocol

@testable import BreakerServer
@testable import BreakerStore

/// Takes the bytes for a row of the store whose checksum is right, makes a breaker of it as the daemon does when it starts,
/// uses it, and keeps it again.
@_cdecl("LLVMFuzzerTestOneInput")
public func readRow(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  guard bytes.count > 2 else { return 0 }
  // The first byte chooses what the name follows, the second says how long it is.
  let nameEnd = 2 + min(Int(bytes[1]), bytes.count - 2)
  let name = UnsafeRawBufferPointer(rebasing: bytes[2..<nameEnd])
  guard let row = BreakerRow(name: name, content: UnsafeRawBufferPointer(rebasing: bytes[nameEnd...])) else { return 0 }
  precondition(isKept(row))
  guard let snapshot = RowCoding.snapshot(of: row, at: Use.time) else { return 0 }
  let explanation = ExplanationCoding.decode(row.explanation)
  precondition(ExplanationCoding.decode(ExplanationCoding.encode(explanation)) == explanation)
  tell(explanation)
  let (overrides, unknown) = RowCoding.overrides(of: snapshot)
  precondition(unknown.count <= snapshot.overrides.utf8.count)
  let base = RowPolicy.all[Int(bytes[0]) % RowPolicy.all.count]
  var use = Use(of: snapshot, following: RowPolicy.resolve(base, overrides), explanation: explanation, Int(bytes[0]))
  use.isKept()
  use.goThrough()
  use.isKept()
  tell(use.explanation)
  return 0
}

/// What `why` says of it.
private func tell(_ explanation: Explanation) {
  for move in [explanation.trip, explanation.latest].compactMap({ $0 }) {
    precondition(!WallClock.text(move.at).isEmpty && move.cause.figures.allSatisfy { !"\($0.value)".isEmpty })
    _ = move.length?.millisecondsRoundedUp
  }
  for wouldTrip in [explanation.observed, explanation.shadowed].compactMap({ $0 }) {
    precondition(!WallClock.text(wouldTrip.at).isEmpty && wouldTrip.cause.figures.allSatisfy { !"\($0.value)".isEmpty })
  }
  for failure in explanation.causes + explanation.failures { precondition(!WallClock.text(failure.at).isEmpty) }
}

/// Whether a row is what its bytes say.
private func isKept(_ row: BreakerRow) -> Bool {
  var name = row.name
  return name.withUTF8 { name in
    row.content.withUnsafeBytes { BreakerRow(name: UnsafeRawBufferPointer(name), content: $0) == row }
  }
}
