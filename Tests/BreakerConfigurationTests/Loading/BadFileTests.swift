import BreakerConfiguration
import Testing

/// Each file is refused with exactly this, at exactly this place.
@Suite struct BadFileTests {
  @Test(arguments: [
    ("deamon: {}", "1:1: unknown key 'deamon', did you mean 'daemon'?"),
    ("default:\n", "1:1: unknown key 'default', did you mean 'defaults'?"),
    ("trip: {}", "1:1: unknown key 'trip' here; it belongs into 'defaults' or an entry of 'breakers'"),
    ("xyzzy: 1", "1:1: unknown key 'xyzzy'; the keys here are daemon, defaults, breakers"),
    ("- a", "1:1: a configuration takes keys and values: daemon, defaults, breakers"),
    ("daemon: {max_breaker: 5}", "1:10: unknown key 'max_breaker', did you mean 'max_breakers'?"),
    ("max_breakers: 5", "1:1: unknown key 'max_breakers' here; it belongs into 'daemon'"),
    (
      "daemon: {max_breakers: 0}",
      "1:24: max_breakers: '0' is out of range; write a whole number from 1 to 10000000"
    ),
    (
      "daemon: {max_breakers: [1]}",
      "1:24: 'max_breakers' takes one value, not a list; write a whole number from 1 to 10000000"
    ),
    ("daemon: {admins: [root]}", "1:18: 'admins' takes keys and values: users, groups"),
    ("daemon: {admins: {user: [root]}}", "1:19: unknown key 'user', did you mean 'users'?"),
    ("daemon: {admins: {users: root}}", "1:26: 'users' takes a list of names, for example [www-data]"),
    (
      "daemon: {admins: {users: [], groups: []}}",
      "1:18: 'admins' names nobody; write {users: [root]} if only root and the daemon's own user shall be admins, or leave it "
        + "out: then the group breakerd-admin is meant"
    ),
    ("daemon: {admins: {users: ['a b']}}", "1:27: 'users' takes names as in /etc/passwd and /etc/group, or numbers"),
  ])
  func theTopOrTheDaemon(_ text: String, _ problem: String) { expect(text, problem) }

  @Test(arguments: [
    ("trip: {failure_rat: 50%}", "8: unknown key 'failure_rat', did you mean 'failure_rate'?"),
    ("failure_rate: 50%", "1: unknown key 'failure_rate' here; it belongs into 'half_open' or 'trip'"),
    ("trip: {duration: 5s}", "8: unknown key 'duration' here; it belongs into 'open' or 'ramp'"),
    ("trip: {match: x}", "8: unknown key 'match' here; it belongs into an entry of 'breakers'"),
    ("window: none", "1: unknown key 'window' here; it belongs into 'trip'"),
    ("trip.failures: 5", "1: unknown key 'trip.failures'; write it as a block, trip: {failures: …}"),
    (
      "trip: {failureRateThreshold: 50}",
      "8: unknown key 'failureRateThreshold'; what resilience4j calls so is trip.failure_rate here"
    ),
    (
      "timeout: 5s",
      "1: unknown key 'timeout' here; it belongs into 'check'; what gobreaker calls so is open.duration here"
    ),
    (
      "trip: {interval: 10s}",
      "8: unknown key 'interval' here; it belongs into 'check'; what gobreaker calls so is trip.window.time here"
    ),
    ("consecutive_failures: 3", "1: unknown key 'consecutive_failures' here; it belongs into 'trip'"),
    (
      "MaxRequests: 3",
      "1: unknown key 'MaxRequests'; what gobreaker calls so is half_open.probes or half_open.successes here"
    ),
    (
      "half_open: {success_threshold: 3}",
      "13: unknown key 'success_threshold'; what semian and pybreaker calls so is half_open.successes here"
    ),
    (
      "trip: {failure_rate: 50}",
      "22: trip.failure_rate: '50' has no percent sign; write a percentage from 0% to 100%, for example 50%"
    ),
    (
      "trip: {failure_rate: 101%}",
      "22: trip.failure_rate: '101%' is out of range; write a percentage from 0% to 100%, for example 50%"
    ),
    (
      "open: {duration: 5}",
      "18: open.duration: '5' has no unit; write ms, s, m, h or d after it, for example 5s"
    ),
    ("open: 5s", "7: 'open' takes keys and values: duration, backoff, max_duration, jitter, reset_after"),
    (
      "open: {duration: {a: 1}}",
      "18: 'duration' takes one value, not a block; write a duration over 0s, up to 3650d, for example 5s"
    ),
    (
      "open: {duration: }",
      "8: 'duration' has no value; write a duration over 0s, up to 3650d, for example 5s, or leave it out"
    ),
    ("trip: {window: 60s}", "16: trip.window: '60s' is not known here; write none, or window: {time: 60s}"),
    ("trip: {window: 100}", "16: trip.window: '100' is not known here; write none, or window: {calls: 100}"),
    ("trip: {window: sliding}", "16: trip.window: 'sliding' is not known here; write none"),
    (
      "shadow: {trip: {window: 60s}}",
      "25: shadow.trip.window: '60s' is not known here; write none, or window: {time: 60s}"
    ),
    (
      "open: {duration: 5000}",
      "18: open.duration: '5000' has no unit; write ms, s, m, h or d after it, for example 5000ms"
    ),
    ("trip_on_success: yes", "18: trip_on_success: 'yes' is not known here; write true or false"),
    ("trip_on_success: on", "18: trip_on_success: 'on' is not known here; write true or false"),
    ("preset: resilience", "9: preset: 'resilience' is not known, did you mean 'resilience4j'?"),
    ("owner: \"a\\nb\"", "8: owner: has a line break or another control character; write one line"),
    ("reporters: www-data", "12: 'reporters' takes keys and values: users, groups"),
    (
      "reporters: {users: []}",
      "12: 'reporters' names nobody, so only admins could report; name somebody, for example {users: [www-data]}, or leave it "
        + "out: then everybody may"
    ),
    (
      "reporters: {users: [] , groups: ['a b']}",
      "34: 'groups' takes names as in /etc/passwd and /etc/group, or numbers"
    ),
    ("open: {duration: 3s, duration: 4s}", "22: 'duration' stands in this block already, in line 3; keep one of them"),
  ])
  func aBlock(_ line: String, _ problem: String) {
    guard let colon = problem.firstIndex(of: ":"), let column = Int(problem[..<colon]) else {
      Issue.record("\(problem) has no column")
      return
    }
    expect("defaults:\n  open: {jitter: 5%}\n", "")
    expect("breakers:\n- match: a\n  \(line)\n", "3:\(column + 2)\(problem[colon...])")
    if !line.hasPrefix("match") { expect("\ndefaults:\n  \(line)\n", "3:\(column + 2)\(problem[colon...])") }
  }

  @Test(arguments: [
    ("breakers: {a: {}}", "1:11: 'breakers' takes a list; begin each entry with '- match: PATTERN'"),
    ("breakers: [a]", "1:12: an entry of 'breakers' takes keys and values; begin it with 'match: PATTERN'"),
    ("breakers: [{owner: me}]", "1:12: this entry of 'breakers' has no 'match', the pattern of the names it is for"),
    ("breakers: [{match: }]", "1:13: 'match' has no value; write a pattern, or leave it out"),
    ("defaults: {match: a}", "1:12: unknown key 'match' here; it belongs into an entry of 'breakers'"),
    ("breakers: [{match: [a]}]", "1:20: 'match' takes one value, not a list; write a pattern"),
    (
      "breakers:\n- match: a b",
      "2:10: match: 'a b' is not a pattern; write a name, or 1 to 100 bytes of A-Z a-z 0-9 . _ : / @ -, the first a "
        + "letter, a digit or _, with * for any bytes and ? for one"
    ),
    (
      "breakers:\n- match: .a*",
      "2:10: match: '.a*' can match no name; a name is 1 to 100 bytes of A-Z a-z 0-9 . _ : / @ -, the first a letter, "
        + "a digit or _"
    ),
    (
      "breakers:\n- match: a\n- match: b\n- match: a",
      "4:3: the pattern \"a\" stands at f.yaml:2:3 already; keep one of them"
    ),
  ])
  func theEntries(_ text: String, _ problem: String) { expect(text, problem) }

  @Test(arguments: [
    (
      "a: [",
      "2:1: this is not YAML: did not find expected node content while parsing a flow node; write a value, or close what is open"
    ),
    ("a: 1\n\tb: 2", "2:1: a tab cannot stand here; indent with spaces"),
    (
      "defaults:\n  open: {}\n trip: {}",
      "3:2: this is not YAML: did not find expected key while parsing a block mapping that begins in line 1; indent all keys of a block alike, and put nothing behind a value"
    ),
    ("a: 1\n---\nb: 2", "2:1: a second document begins here; write one only"),
    ("{[a]: 1}", "1:2: a key must be a word, not a block or a list"),
    (
      "a: &b 1",
      "1:4: a value that begins with & is an anchor, which is not supported; leave it out, or put quotes around the value"
    ),
    (
      "a: !b 1",
      "1:4: a value that begins with ! is a tag, which is not supported; leave it out, or put quotes around the value"
    ),
    (
      "breakers:\n- match: *-db",
      "2:10: a value that begins with * refers to another one, which is not supported; write the value itself, in quotes if "
        + "it is a pattern, for example \"*-db\""
    ),
    (
      "breakers:\n- match: *",
      "2:10: a value that begins with * refers to another one, which is not supported; write the value itself, in quotes if "
        + "it is a pattern, for example \"*-db\""
    ),
    (
      "breakers:\n- match: *.db\n  lump: 1s",
      "2:10: a value that begins with * refers to another one, which is not supported; write the value itself, in quotes if "
        + "it is a pattern, for example \"*-db\""
    ),
    ("defaults:\n  owner: \"ops\n  lump: 1s\nbreakers: []", "2:10: these quotes are never closed"),
    ("defaults:\n  owner: 'ops\n", "2:10: these quotes are never closed"),
    (
      "defaults:\n  trip: {failures: 3\n  open: {duration: 1s}\n",
      "3:7: this is not YAML: did not find expected ',' or '}' while parsing a flow mapping that begins in line 2; write a comma, or close it"
    ),
    (
      "breakers: [\n  {match: a}\n  {match: b}\n]",
      "3:3: this is not YAML: did not find expected ',' or ']' while parsing a flow sequence that begins in line 1; write a comma, or close it"
    ),
    (
      "defaults:\n  owner: a: b",
      "2:11: this is not YAML: mapping values are not allowed in this context; put quotes around a value with ': ' in it, and begin each key on a line of its own"
    ),
    (
      "defaults:\n  owner: @ops",
      "2:10: this is not YAML: found character that cannot start any token while scanning for the next token; put quotes around the value"
    ),
    ("a: \u{1}", "1:4: this is not UTF-8 text: control characters are not allowed"),
    (
      "<<: *a",
      "1:5: a value that begins with * refers to another one, which is not supported; write the value itself, in quotes if it is a pattern, for example \"*-db\""
    ),
  ])
  func notTheYAMLWeTake(_ text: String, _ problem: String) { expect(text, problem) }

  @Test func textThatIsNotUTF8() {
    #expect(
      problems(Array("# ä\nö: ".utf8) + [0xFF]) == ["f.yaml:2:4: this is not UTF-8 text: invalid leading UTF-8 octet"])
  }

  @Test(arguments: [
    (
      "defaults:\n  trip:\n    slow_rate: 5%",
      "3:5: trip.slow_rate: needs trip.slow_call, from which a call is slow, for example trip.slow_call=2s"
    ),
    (
      "defaults:\n  open: {duration: 1m, max_duration: 2s}",
      "2:24: open.max_duration: 2s is less than open.duration, 1m; write 1m or more, or a shorter open.duration"
    ),
    (
      "breakers:\n- match: a\n  trip: {consecutive_failures: off}",
      "3:10: trip: the breaker could never open, no rule is left; give one of trip.consecutive_failures, trip.failures, trip.failure_rate, trip.slow_rate"
    ),
    (
      "breakers:\n- match: a\n  half_open: {calls: 5}",
      "3:15: half_open.calls: needs half_open.failure_rate beside it, for example half_open.failure_rate=50%"
    ),
    (
      "breakers:\n- match: a\n  half_open: {calls: 5, failure_rate: 0%}",
      "3:25: half_open.failure_rate: 0% is reached by any calls, so the breaker could never close; write more than 0%"
    ),
    (
      "defaults:\n  trip:\n    failures: 20\nbreakers:\n- match: a\n  trip: {window: {calls: 10}}",
      "3:5: trip.failures: 20 can never be reached in trip.window.calls=10; write 10 or less (for the pattern \"a\" at f.yaml:5:3)"
    ),
    (
      "breakers:\n- match: a\n  preset: semian\n  trip: {window: {calls: 2}}",
      "3:3: trip.failures: 3 can never be reached in trip.window.calls=2; write 2 or less"
    ),
    (
      "defaults: {preset: semian, trip: {window: {calls: 2}}}",
      "1:12: trip.failures: 3 can never be reached in trip.window.calls=2; write 2 or less"
    ),
  ])
  func aContradictionPointsToTheKeyThatIsToBlame(_ text: String, _ problem: String) { expect(text, problem) }

  @Test func allThatIsWrongComesAtOnceInTheOrderOfTheFile() {
    let text = """
      daemon: {max_connections: none}
      defaults: {open: {jiter: 5%}}
      breakers:
      - match: a
        open: {duration: 5}
      - match: b
        half_open: {probes: 0, lease: soon}
      - match: b
      """
    #expect(
      problems(Array(text.utf8)).map { $0.prefix { $0 != " " } } == [
        "f.yaml:1:27:", "f.yaml:2:19:", "f.yaml:5:20:", "f.yaml:7:23:", "f.yaml:7:33:", "f.yaml:8:3:",
      ])
  }

  @Test func aHundredProblemsAreToldAndTheRestIsCounted() throws {
    func error(_ keys: Int) throws -> ConfigurationError {
      let text = "defaults:\n" + (1...keys).map { "  key\($0): 1\n" }.joined()
      return try #require(throws: ConfigurationError.self) { try load(text) }
    }
    #expect(try error(100).problems.count == 100 && error(100).untold == 0)
    let many = try error(100_000)
    #expect(many.problems.count == 100 && many.untold == 99_900)
    #expect(many.problems.first?.location?.line == 2 && many.problems.last?.location?.line == 101)
    let last = many.description.split(separator: "\n").last
    #expect(last == "and 99900 more")
  }

  @Test func warningsAreToldAsSparingly() throws {
    let text = "breakers:\n- match: \"*\"\n" + (1...150).map { "- match: a\($0)\n" }.joined()
    let warnings = try load(text).warnings
    #expect(warnings.count == 101 && warnings.last?.description == "50 more warnings are not told")
  }

  @Test func aBlockThatCouldNotBeReadContradictsNothing() {
    expect(
      "defaults: {trip: {slow_rate: 5%, slow_call: 2}}",
      "1:45: trip.slow_call: '2' has no unit; write ms, s, m, h or d after it, for example 2s")
  }

  /// Expects this one problem, or with an empty text none.
  private func expect(_ text: String, _ problem: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
      problems(Array(text.utf8)) == (problem.isEmpty ? [] : ["f.yaml:\(problem)"]), "\(text)",
      sourceLocation: sourceLocation)
  }
}
