import BreakerConfiguration
import BreakerCore

/// Loads the bytes as a configuration. Either they make one in which every name follows a rule that can explain itself, or
/// all that is wrong has its place in the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func loadConfiguration(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = UnsafeBufferPointer(start: start, count: count)
  do throws(ConfigurationError) {
    let configuration = try ConfigurationSource(file: "f.yaml").load(text: text)
    _ = configuration.rule(for: text)
    for rule in configuration.rules + [configuration.defaults] {
      do throws(SettingError) {
        let listing = try rule.listing(overriddenBy: PolicySettings())
        let again = try PolicyResolver.resolve([rule.policy.settings]).settings
        precondition(!listing.isEmpty && again == rule.policy.settings, "\(rule.pattern)")
      } catch {
        preconditionFailure("\(rule.pattern) does not explain itself: \(error)")
      }
    }
  } catch {
    precondition(!error.problems.isEmpty)
    for problem in error.problems {
      guard let location = problem.location else { preconditionFailure("no place: \(problem)") }
      precondition(1...count + 2 ~= location.line && 1...count + 2 ~= location.column, "\(problem)")
      precondition(!problem.message.isEmpty && !problem.message.utf8.contains(UInt8(ascii: "\n")), "\(problem)")
    }
  }
  return 0
}
