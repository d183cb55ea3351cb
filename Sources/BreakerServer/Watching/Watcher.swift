/// One watching connection.
final class Watcher {
  enum Standing {
    /// It has been told everything; its place among those.
    case caughtUp(Int)
    /// There is something to read, and it waits for its turn.
    case behind
    /// Nothing can be done before its client has taken what was sent.
    case away
    /// It watches no more.
    case ended
  }

  unowned let session: Session
  var reader: LogReader
  var standing = Standing.away

  init(_ session: Session, _ reader: LogReader) {
    self.session = session
    self.reader = reader
  }
}
