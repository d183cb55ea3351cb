import BreakerConfiguration
import BreakerCore

@testable import BreakerServer

extension Entry {
  /// A new breaker of this name that follows `policy`, under the built-in rule.
  convenience init(_ name: String, slot: Int = 0, following policy: Policy, at moment: Moment) {
    let bytes = Array(name.utf8)
    let breaker = Breaker(following: policy, at: moment)
    let rule = AppliedRule(Configuration().defaults, reporters: nil)
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    self.init(name: UnsafeRawBufferPointer(copy), slot: slot, breaker: breaker, rule: rule, rulesetNumber: 0, at: 0)
  }
}
