/// What waits to be written, in two layers: what a commit could not write, and what has come since. The older one goes
/// first, by itself, so that neither has to be gone through when a commit fails, however much it holds.
struct Outbox {
  var mailbox = Mailbox()
  private var unwritten: Mailbox?

  /// Names that are to be taken out of the store.
  var removals: Int { mailbox.removals + (unwritten?.removals ?? 0) }

  var isEmpty: Bool { unwritten == nil && mailbox.isEmpty }

  /// What is to be committed next.
  mutating func take() -> Mailbox {
    guard let older = unwritten else { return mailbox.take() }
    unwritten = nil
    return older
  }

  /// Puts back what could not be written.
  mutating func putBack(_ older: Mailbox) { unwritten = older }
}
