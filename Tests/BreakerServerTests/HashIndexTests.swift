import TestSupport
import Testing

@testable import BreakerServer

/// Places by hash.
@Suite struct HashIndexTests {
  /// Against a dictionary; with few hashes, so that most collide.
  @Test(arguments: [2, 7, 100, .max] as [UInt32])
  func findsWhatIsThereAndNothingElse(_ hashes: UInt32) {
    var random = SplitMix64(seed: UInt64(hashes))
    var index = HashIndex()
    var model: [Int: UInt32] = [:]
    for _ in 0..<5_000 {
      let slot = Int.random(in: 0..<300, using: &random)
      if let hash = model.removeValue(forKey: slot) {
        index.remove(slot, hash: hash)
        #expect(!found(in: index, hash).contains(slot))
      } else {
        let hash = UInt32.random(in: 0..<hashes, using: &random) &* 0x1000_0001
        model[slot] = hash
        index.insert(slot, hash: hash)
      }
    }
    for (slot, hash) in model {
      let found = found(in: index, hash)
      #expect(found.contains(slot))
      #expect(Set(found) == Set(model.filter { $0.value == hash }.keys) && Set(found).count == found.count)
    }
  }

  /// All places with this hash, as they are offered.
  private func found(in index: HashIndex, _ hash: UInt32) -> [Int] {
    var found: [Int] = []
    #expect(
      index.first(hash: hash) {
        found.append($0)
        return false
      } == nil)
    if let first = found.first { #expect(index.first(hash: hash) { _ in true } == first) }
    return found
  }

  @Test func takesOutOnlyWhatIsThere() {
    var index = HashIndex()
    index.remove(1, hash: 1)
    index.insert(1, hash: 1)
    index.remove(2, hash: 1)
    #expect(found(in: index, 1) == [1])
  }
}
