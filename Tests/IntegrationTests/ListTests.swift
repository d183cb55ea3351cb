import Testing

/// Lists come in pages.
@Suite(.offThePool) struct ListTests {
  @Test(arguments: [nil, 7, 999, 1_000])
  func `pages show each name once`(_ limit: Int?) throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    let names = Set((0..<5_000).map { "b\($0)" })
    try client.send(names.map { "report \($0) ok quiet\n" }.joined())
    var seen: [String] = []
    var cursor: String? = "0"
    while let from = cursor {
      let page = try client.list("list\(limit.map { " limit=\($0)" } ?? "") cursor=\(from)")
      #expect(page.rows.count <= limit ?? 1_000)
      seen += page.rows.compactMap { fields($0)["name"] }
      cursor = fields(page.header)["cursor"]
    }
    #expect(seen.count == names.count)
    #expect(Set(seen) == names)
  }

  @Test func `names that stay are seen once while others come and go`() throws {
    let daemon = try DaemonProcess(["--log-level", "error"])
    let admin = try daemon.admin()
    let staying = Set((0..<3_000).map { "stay\($0)" })
    for name in staying { try admin.send("report \(name) ok quiet\nreport go-\(name) ok quiet\n") }
    var seen: [String] = []
    var cursor: String? = "0"
    var round = 0
    while let from = cursor {
      let page = try admin.list("list cursor=\(from)")
      seen += page.rows.compactMap { fields($0)["name"] }.filter { $0.hasPrefix("stay") }
      cursor = fields(page.header)["cursor"]
      round += 1
      #expect(try admin.ask("forget go-stay\(round)*").hasPrefix("+ok "))
      try admin.send((0..<50).map { "report come\(round)-\($0) ok quiet\n" }.joined())
    }
    #expect(seen.count == staying.count)
    #expect(Set(seen) == staying)
  }

  @Test func `a glob chooses and a literal finds one`() throws {
    let daemon = try DaemonProcess()
    let client = try daemon.client()
    try client.send("report api-1 ok quiet\nreport api-2 fail quiet\nreport db ok quiet\n")
    #expect(Set(try client.list("list api-?").rows.compactMap { fields($0)["name"] }) == ["api-1", "api-2"])
    let row = fields(try client.list("list api-2").rows.first ?? "")
    #expect(row["state"] == "closed" && row["failed"] == "1" && row["ok"] == "0" && row["in_state_ms"] != nil)
    #expect(try client.ask("list nobody") == "*0")
    #expect(try client.ask("list n*") == "*0")
    #expect(try client.ask("@t list n* limit=1001").hasPrefix("-@t BAD_OPTION "))
    #expect(try client.ask("list * cursor=4000000000") == "*0")
  }

  @Test func `clients are listed in pages too`() throws {
    let daemon = try DaemonProcess()
    let others = try (0..<40).map { _ in try daemon.client() }
    for (number, other) in others.enumerated() {
      #expect(try other.ask("hello 1 client=test/1.0 name=worker-\(number) bound=yes").hasPrefix("+ok "))
    }
    let admin = try daemon.admin()
    var names: [String] = []
    var cursor: String? = "0"
    while let from = cursor {
      let page = try admin.list("clients limit=10 cursor=\(from)")
      #expect(page.rows.count <= 10)
      for row in page.rows.map(fields) {
        guard let name = row["name"] else { continue }
        names.append(name)
        #expect(row["client"] == "test/1.0" && row["bound"] == "yes" && row["role"] == "use" && row["requests"] == "1")
      }
      cursor = fields(page.header)["cursor"]
    }
    #expect(Set(names) == Set((0..<40).map { "worker-\($0)" }) && names.count == 40)
  }
}
