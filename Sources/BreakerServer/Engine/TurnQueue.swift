internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Work for the next turn of the loop: it is done when every connection has been looked at in between.
///
/// `EventLoop.execute` would not do for work in slices. NIO runs what a task executes, or schedules for a time that has
/// come, before it looks at connections again: all slices together would be one turn. A byte that arrives on a socket
/// of our own is seen only by such a look.
final class TurnQueue: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let bell: CInt
  private var waiting: [() -> Void] = []
  /// What is being done; it and ``waiting`` take turns, so that none of them is made anew.
  private var current: [() -> Void] = []

  private init(bell: CInt) { self.bell = bell }

  /// A queue for `eventLoop`, to be used on it only.
  static func start(on eventLoop: any EventLoop) throws -> NIOLoopBound<TurnQueue> {
    var ends: [CInt] = [-1, -1]
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    guard socketpair(AF_UNIX, CInt(type), 0, &ends) == 0 else {
      throw StartError.system("cannot make a pair of sockets")
    }
    let (bell, ear) = (ends[0], ends[1])
    let queue = try eventLoop.submit { NIOLoopBound(TurnQueue(bell: bell), eventLoop: eventLoop) }.wait()
    _ = try ClientBootstrap(group: eventLoop)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(queue.value) }
      }
      .withConnectedSocket(ear)
      .wait()
    return queue
  }

  /// Does `work` in the next turn.
  func add(_ work: @escaping () -> Void) {
    waiting.append(work)
    // One byte is on its way as long as work is waiting, so there is always room for it.
    if waiting.count == 1 { _ = write(bell, [0], 1) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    swap(&waiting, &current)
    for work in current { work() }
    current.removeAll(keepingCapacity: true)
  }
}
