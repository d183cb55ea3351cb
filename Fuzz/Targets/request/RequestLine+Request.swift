import BreakerCore
import BreakerProtocol

extension RequestLine {
  /// All that the table has for the verb of `request`, as it says it.
  init(writing request: Request) throws(RequestLineError) {
    self.init(request.verb)
    for argument in request.verb.entry.arguments { try write(argument, request) }
    for option in request.verb.entry.options { try write(option, request) }
  }

  private mutating func write(_ argument: VerbEntry.Argument, _ request: Request) throws(RequestLineError) {
    switch argument {
    case .name, .glob, .optionalGlob: try add(String(decoding: request.name, as: UTF8.self))
    case .outcome: try add(request.outcome.word)
    case .token: if let token = request.token { add(token) }
    case .verb: if let topic = request.topic { try add(topic.entry.word.description) }
    case .version: try add("1")
    case .mode:
      switch request.mode {
      case .open: try add("open")
      case .closed: try add("closed")
      case .observe: try add("observe")
      }
    case .level: try add(request.level)
    case .settings: for (key, value) in request.settings { try add(key, value) }
    case .keys:
      for key in request.keys {
        // A first `?` is taken off where it is read.
        guard !key.utf8.starts(with: "?".utf8) else { throw .notOneWord(key) }
        try add(key)
      }
    }
  }

  private mutating func write(_ option: VerbEntry.Option, _ request: Request) throws(RequestLineError) {
    func milliseconds(_ span: Timespan) -> Int64 { span.microseconds / 1_000 }
    func word(_ isYes: Bool) -> String { isYes ? "yes" : "no" }
    switch option {
    case .quiet: if request.isQuiet { addQuiet() }
    case .lease: if let lease = request.lease { add(option, lease) }
    case .for: if let length = request.length { add(option, length) }
    case .ms: if let duration = request.duration { add(option, milliseconds(duration)) }
    case .age: add(option, milliseconds(request.age))
    case .n: add(option, Int64(request.count))
    case .limit: add(option, Int64(request.limit))
    case .cursor: add(option, Int64(request.cursor))
    case .since: add(option, Int64(request.since))
    case .err: try write("err", request.errorClass)
    case .client: try write("client", request.client)
    case .name: try write("name", request.instance)
    case .why: try write("why", request.reason)
    case .bound: try write("bound", request.isBound.map(word))
    case .prober: try write("prober", request.isProber.map(word))
    }
  }

  private mutating func write(_ key: String, _ text: String?) throws(RequestLineError) {
    if let text { try add(key, text) }
  }
}
