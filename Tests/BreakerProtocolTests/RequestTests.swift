import BreakerCore
import BreakerProtocol
import Testing

@Suite struct RequestTests {
  @Test func `allow takes a name and a lease`() throws {
    try parsing("allow payments-eu.v2:a/b@c lease=1.5s") {
      #expect($0.verb == .allow)
      #expect(text($0.name) == "payments-eu.v2:a/b@c")
      #expect($0.lease == .milliseconds(1_500))
      #expect($0.tag.isEmpty)
    }
  }

  @Test func `report takes everything`() throws {
    try parsing("@7f report api fail 123.4 ms=250 age=3 err=time%20out quiet") {
      #expect($0.verb == .report)
      #expect(text($0.tag) == "@7f")
      #expect($0.outcome == .fail)
      #expect($0.token == Token(generation: 123, permit: 4))
      #expect($0.duration == .milliseconds(250))
      #expect($0.age == .milliseconds(3))
      #expect($0.errorClass == "time out")
      #expect($0.isQuiet)
    }
    try parsing("report api ok n=1000000") {
      #expect($0.count == 1_000_000)
      #expect($0.token == nil)
      #expect(!$0.isQuiet)
    }
  }

  @Test func `a name may look like any other word`() throws {
    try parsing("report quiet ok quiet") {
      #expect(text($0.name) == "quiet")
      #expect($0.isQuiet)
    }
    try parsing("state quiet") { #expect(text($0.name) == "quiet") }
  }

  @Test func `a list without a glob is of all`() throws {
    try parsing("list") { #expect(text($0.name) == "*") }
    try parsing("list limit=5 cursor=70") {
      #expect(text($0.name) == "*")
      #expect($0.limit == 5)
      #expect($0.cursor == 70)
    }
    try parsing("list pay* limit=1") { #expect(text($0.name) == "pay*") }
  }

  @Test func `hello says who the client is`() throws {
    try parsing("hello 1 client=python/1.0 bound=yes name=web-3") {
      #expect($0.client == "python/1.0")
      #expect($0.isBound == true)
      #expect($0.instance == "web-3")
    }
    try parsing("hello 1") { #expect($0.isBound == nil && $0.isProber == nil) }
    try parsing("hello 1 bound=no prober=yes") { #expect($0.isBound == false && $0.isProber == true) }
    try parsing("hello 1 prober=no") { #expect($0.isProber == false) }
  }

  @Test func `admin acts carry lengths and reasons`() throws {
    try parsing("force api observe for=30m why=new%20release") {
      #expect($0.mode == .observe)
      #expect($0.length == .seconds(1_800))
      #expect($0.reason == "new release")
    }
    try parsing("set api why=x trip.failure_rate=50% open.duration=10s trip.slow_rate=12.5%25") {
      #expect($0.settings.map(\.key) == ["trip.failure_rate", "open.duration", "trip.slow_rate"])
      #expect($0.settings.map(\.value) == ["50%", "10s", "12.5%"])
      #expect($0.reason == "x")
    }
    try parsing("unset api trip.failures open.jitter why=x") { #expect($0.keys == ["trip.failures", "open.jitter"]) }
    try parsing("loglevel debug for=5m") { #expect($0.level == "debug") }
  }

  @Test func `options that this version does not know are passed over if marked`() throws {
    try parsing("allow api ?color=red ?lease=2s") { #expect($0.lease == .seconds(2)) }
    #expect(failure("allow api color=red")?.error.code == .badOption)
    #expect(failure("allow api ?color")?.error.code == .badArgument)
  }

  @Test(arguments: [
    ("", ErrorCode.badVerb), ("foo", .badVerb), ("ALLOW x", .badVerb), (" allow x", .badArgument),
    ("allow", .badArgument), ("allow ", .badArgument), ("allow  x", .badArgument), ("allow x ", .badArgument),
    ("allow x y", .badArgument), ("allow x\ty", .badName), ("allow .x", .badName), ("allow -x", .badName),
    ("allow a%20b", .badName), ("allow caf\u{e9}", .badName), ("allow x lease", .badOption),
    ("allow x lease=", .badOption), ("allow x lease=0s", .badOption), ("allow x lease=-1s", .badOption),
    ("allow x lease=5", .badOption), ("allow x lease=1s lease=2s", .badOption),
    ("report x", .badArgument), ("report x maybe", .badArgument), ("report x ok 1.2.3", .badArgument),
    ("report x ok 16777216", .badArgument), ("report x ok 1.0", .badArgument), ("report x ok .1", .badArgument),
    ("report x ok 1.4294967296", .badArgument), ("report x ok -1", .badArgument), ("report x ok 1.", .badArgument),
    ("report x ok n=0", .badOption), ("report x ok n=1000001", .badOption), ("report x fail n=2", .badOption),
    ("report x ok n=2 ms=5", .badOption), ("report x ok 5.1 n=2", .badOption), ("report x ok ms=-1", .badOption),
    ("report x ok ms=1.5", .badOption), ("report x ok ms=99999999999999999999", .badOption),
    ("report x ok quiet=yes", .badOption), ("report x ok quiet quiet", .badOption),
    ("report x fail err=", .badOption), ("report x fail err=%0A", .badOption), ("report x fail err=%7F", .badOption),
    ("report x fail err=%", .badOption), ("report x fail err=%4", .badOption), ("report x fail err=%GG", .badOption),
    ("report x fail err=%FF", .badOption), ("report x fail err=123456789012345678901234567890123", .badOption),
    ("hello", .badArgument), ("hello 2", .badVersion), ("hello 1 bound=maybe", .badOption),
    ("force x", .badArgument), ("force x half-open", .badArgument), ("force * open", .badName),
    ("reset", .badArgument), ("reset a[b]", .badName), ("list limit=0", .badOption), ("list limit=1001", .badOption),
    ("set x", .badArgument), ("set x key", .badArgument), ("set x =5", .badOption), ("set x why=y", .badArgument),
    ("unset x", .badArgument), ("unset x a=b", .badOption), ("help nothing", .badVerb), ("ping x", .badArgument),
    ("@ ping", .badArgument), ("@123456789012345678901234567890123 ping", .badArgument), ("@t", .badVerb),
    ("allow x\0", .badName), ("\u{1}", .badVerb),
  ])
  func `a wrong line is refused with the right code`(line: String, code: ErrorCode) throws {
    let refusal = try #require(failure(line), "accepted")
    #expect(refusal.error.code == code, "\(refusal.error)")
    #expect(!refusal.error.text.isEmpty)
    #expect(!refusal.error.code.isFatal)
  }

  @Test(arguments: ["GET / HTTP/1.1", "POST /x HTTP/1.0", "PRI * HTTP/2.0"])
  func `HTTP is told that it is in the wrong place`(line: String) {
    #expect(failure(line)?.error.code == .notThisProtocol)
  }

  @Test func `invalid UTF-8 is refused wherever it stands`() {
    for line: [UInt8] in [
      Array("allow ".utf8) + [0xC3], Array("report x fail err=".utf8) + [0xFF, 0xFE], [0x80, 0x81],
      Array("force x open why=".utf8) + [0xE2, 0x82],
    ] {
      #expect(failure(line) != nil)
    }
  }

  @Test func `limits are inclusive`() throws {
    let name = String(repeating: "n", count: Limits.name)
    try parsing("allow \(name)") { #expect($0.name.count == 100) }
    #expect(failure("allow \(name)n")?.error.code == .badName)
    let tag = "@" + String(repeating: "t", count: Limits.tag)
    try parsing("\(tag) ping") { #expect(text($0.tag) == tag) }
    try parsing("report x fail err=" + String(repeating: "e", count: Limits.word)) {
      #expect($0.errorClass?.count == 32)
    }
    try parsing("report x ok 16777215.4294967295") { #expect($0.token?.permit == .max) }
  }

  @Test func `an error of a tagged or quiet line says so`() throws {
    let tagged = try #require(failure("@a1 report x nonsense"))
    #expect(tagged.tag == "@a1")
    #expect(!tagged.isQuiet)
    for line in ["report x nonsense quiet", "report x ok zz=1 quiet", "report x ok quiet zz=1", "denied a! n=2 quiet"] {
      #expect(failure(line)?.isQuiet == true, "\(line)")
    }
    #expect(failure("report quiet")?.isQuiet == false)
    #expect(failure("allow x quiet")?.isQuiet == false)
  }

  @Test func `a misspelt verb is met with the right one`() {
    for (written, meant) in [
      ("alow", "allow"), ("ALLOW", "allow"), ("reprot", "report"), ("stat", "state"), ("lists", "list"),
    ] {
      #expect(failure("\(written) x")?.error.text.contains("did you mean '\(meant)'") == true, "\(written)")
    }
    #expect(failure("xyzzy")?.error.text.contains("help") == true)
  }

  @Test func `what is repeated in a message is harmless`() throws {
    let refusal = try #require(failure(Array("state \u{1b}[31m".utf8) + [0xFF, 0x07]))
    #expect(refusal.error.text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
  }
}
