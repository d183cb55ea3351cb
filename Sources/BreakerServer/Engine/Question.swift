internal import BreakerProtocol
internal import NIOCore

/// A request that waits for the store: answered once, by whatever comes first, or dropped with its session.
final class Question {
  /// Writes the reply to a request with this tag.
  typealias Reply = @Sendable (Bytes, inout ReplyBuffer) -> Void

  private var session: Session?
  private let tag: [UInt8]
  private let journal: Journal
  /// What the journal does for it.
  var read: ReadQueue.Number?
  /// When it is answered in any case.
  var limit: Scheduled<Void>?

  init(session: Session, tag: [UInt8], journal: Journal) {
    self.session = session
    self.tag = tag
    self.journal = journal
  }

  /// Answers, unless that is done already.
  func answer(_ write: (Bytes, inout ReplyBuffer) -> Void) {
    guard let session else { return }
    drop()
    session.answer { replies in tag.withUnsafeBytes { write($0, &replies) } }
  }

  /// Nobody waits for the answer any more.
  func drop() {
    session?.question = nil
    session = nil
    limit?.cancel()
    if let read { journal.cancel(read) }
  }
}
