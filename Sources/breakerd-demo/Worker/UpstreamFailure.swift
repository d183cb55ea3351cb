/// The upstream answered, and not with 200.
struct UpstreamFailure: Error {
  /// The status of its answer.
  let status: UInt
}
