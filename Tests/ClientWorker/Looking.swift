import BreakerClient
import Glibc
import Synchronization

/// Makes calls, and sees that none passes while the breaker is known to be open.
///
/// The file is shared memory of 64-bit numbers. The first is the phase: odd from the moment that a reply has announced a trip until
/// the breaker is let close. Then come three for each place: calls that passed, calls that were refused, and calls that passed
/// although the phase was odd from before them until after them.
struct Looking {
  private let handle: BreakerHandle
  private let memory: UnsafeMutablePointer<Atomic<UInt64>>
  private let place: Int

  struct NoFile: Error {}

  init(_ handle: BreakerHandle, file: String, place: Int) throws {
    self.handle = handle
    self.place = place
    let descriptor = open(file, O_RDWR)
    guard descriptor >= 0,
      let memory = mmap(nil, 4_096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      memory != UnsafeMutableRawPointer(bitPattern: -1)
    else { throw NoFile() }
    self.memory = memory.assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  func run() throws {
    let (passed, refused, wrong) = (memory + 1 + 3 * place, memory + 2 + 3 * place, memory + 3 + 3 * place)
    while true {
      let before = memory.pointee.load(ordering: .sequentiallyConsistent)
      do {
        try handle.runBlocking {}
        let after = memory.pointee.load(ordering: .sequentiallyConsistent)
        if before % 2 == 1, before == after { wrong.pointee.add(1, ordering: .relaxed) }
        passed.pointee.add(1, ordering: .relaxed)
      } catch is BreakerDenied {
        refused.pointee.add(1, ordering: .relaxed)
      }
      // All of them together leave the daemon time: in the first second of a generation each outcome is told at once.
      usleep(500)
    }
  }
}
