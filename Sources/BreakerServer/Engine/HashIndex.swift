internal import CPrefetch

/// Which places hold elements with a hash: open addressing with linear probing, three quarters full at most.
///
/// Unlike a `Dictionary` it keeps the hashes, not the keys: eight bytes an element, and it grows without looking at a key.
struct HashIndex {
  private struct Bucket {
    static let empty: UInt32 = .max

    var hash: UInt32 = 0
    var slot = empty
  }

  private var buckets: [Bucket] = [Bucket()]
  private var count = 0

  private var mask: Int { buckets.count - 1 }

  /// A place inserted with this hash that is the right one; nil: there is none.
  @inline(__always)
  func first(hash: UInt32, where isRight: (_ slot: Int) -> Bool) -> Int? {
    var position = Int(hash) & mask
    while true {
      let bucket = buckets[position]
      guard bucket.slot != Bucket.empty else { return nil }
      if bucket.hash == hash, isRight(Int(bucket.slot)) { return Int(bucket.slot) }
      position = (position + 1) & mask
    }
  }

  /// Has the memory fetched in which ``first(hash:where:)`` begins to look.
  func foresee(hash: UInt32) {
    buckets.withUnsafeBufferPointer { buckets in
      if let start = buckets.baseAddress { prefetch(start + (Int(hash) & mask)) }
    }
  }

  /// Adds a place that is not in here.
  mutating func insert(_ slot: Int, hash: UInt32) {
    count += 1
    if count * 4 > buckets.count * 3 { grow() }
    put(Bucket(hash: hash, slot: UInt32(slot)))
  }

  /// Takes out a place that was inserted with this hash, if it is there.
  mutating func remove(_ slot: Int, hash: UInt32) {
    var hole = Int(hash) & mask
    while buckets[hole].slot != UInt32(slot) {
      guard buckets[hole].slot != Bucket.empty else { return }
      hole = (hole + 1) & mask
    }
    count -= 1
    // What could not have its own bucket moves up, so that no search ends too early.
    var next = hole
    while true {
      next = (next + 1) & mask
      let bucket = buckets[next]
      guard bucket.slot != Bucket.empty else { break }
      let wanted = Int(bucket.hash) & mask
      if (next - wanted) & mask >= (next - hole) & mask {
        buckets[hole] = bucket
        hole = next
      }
    }
    buckets[hole] = Bucket()
  }

  private mutating func grow() {
    let old = buckets
    buckets = Array(repeating: Bucket(), count: old.count * 2)
    for bucket in old where bucket.slot != Bucket.empty { put(bucket) }
  }

  private mutating func put(_ bucket: Bucket) {
    var position = Int(bucket.hash) & mask
    while buckets[position].slot != Bucket.empty { position = (position + 1) & mask }
    buckets[position] = bucket
  }
}
