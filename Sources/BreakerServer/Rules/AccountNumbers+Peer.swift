internal import BreakerConfiguration

extension AccountNumbers {
  /// Whether the peer is one of the users, or in one of the groups.
  func contains(_ peer: PeerCredentials) -> Bool {
    users.contains(peer.uid) || peer.groups.contains { groups.contains($0) }
  }
}
