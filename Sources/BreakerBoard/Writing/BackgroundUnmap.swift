#if canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Gives a file's memory back on a thread of its own: when nobody else has a large file mapped, the system takes a tenth of
/// a second to free its pages.
enum BackgroundUnmap {
  private struct Work {
    let memory: UnsafeMutableRawPointer
    let size: Int
  }

  static func start(_ memory: UnsafeMutableRawPointer, _ size: Int) {
    let work = UnsafeMutablePointer<Work>.allocate(capacity: 1)
    work.initialize(to: Work(memory: memory, size: size))
    #if canImport(Musl)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    let failure = pthread_create(
      &thread, &attributes,
      { argument in
        if let work = argument?.assumingMemoryBound(to: Work.self) { BackgroundUnmap.finish(work) }
        return nil
      }, work)
    if failure != 0 { finish(work) }
    pthread_attr_destroy(&attributes)
  }

  private static func finish(_ work: UnsafeMutablePointer<Work>) {
    munmap(work.pointee.memory, work.pointee.size)
    work.deallocate()
  }
}
