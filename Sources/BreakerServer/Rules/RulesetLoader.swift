internal import BreakerConfiguration
internal import NIOCore
internal import NIOPosix

/// Reads configurations on a thread of its own.
final class RulesetLoader: Sendable {
  private let source: ConfigurationSource
  private let eventLoop: any EventLoop
  private let thread = NIOThreadPool(numberOfThreads: 1)

  init(_ source: ConfigurationSource, eventLoop: any EventLoop) {
    self.source = source
    self.eventLoop = eventLoop
    thread.start()
  }

  /// Reads the files again; `then` is told on the event loop what they say.
  func load(then: @escaping @Sendable (Result<Ruleset, ConfigurationError>) -> Void) {
    thread.submit { [self] _ in
      let result: Result<Ruleset, ConfigurationError>
      do throws(ConfigurationError) {
        result = .success(Ruleset(try source.load()))
      } catch {
        result = .failure(error)
      }
      eventLoop.execute { then(result) }
    }
  }

  /// Lets go of what nobody follows any more. There can be so much of it that the event loop should not.
  func discard(_ ruleset: inout Ruleset?) {
    let last = Last(ruleset)
    ruleset = nil
    thread.submit { _ in last.ruleset = nil }
  }

  /// Unchecked, since only one thread has it at a time.
  private final class Last: @unchecked Sendable {
    var ruleset: Ruleset?

    init(_ ruleset: Ruleset?) { self.ruleset = ruleset }
  }
}
