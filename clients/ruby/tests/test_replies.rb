# frozen_string_literal: true

require_relative "socket_case"

# What servers answer, and what calls make of it.
class RepliesTest < SocketCase
  ALLOWED = ["closed 77", "closed 77.5 lease_ms=60000", "half-open 77.5 lease_ms=30000 more=words", "forced-closed 77",
             "observe 77", "unmanaged", "sideways 77", "sideways"].freeze
  DENIED = { "open retry_ms=8120" => ["open", 8.12], "open" => ["open", nil], "half-open retry_ms=250" => ["half-open", 0.25],
             "forced-open" => ["forced-open", nil], "saturated" => ["saturated", nil], "ramp retry_ms=40" => ["ramp", 0.04],
             "sideways retry_ms=soon" => ["sideways", nil] }.freeze

  def test_decisions
    server = ScriptedServer.new(self, @socket)
    client = denying
    ALLOWED.each do |reply|
      server.answer = "+TAG allow #{reply}"
      client.breaker("api").permit.ignore
    end
    DENIED.each do |reply, expected|
      server.answer = "+TAG deny #{reply}"
      denied = assert_raises(Breakerd::Denied, reply) { client.breaker("api").permit }
      assert_equal(expected, [denied.reason, denied.retry_after])
    end
    assert_equal(0, client.statistics.unavailable)
    # A permit goes back, all else that says nothing is not told.
    assert_equal(["report api ignore 77.5 quiet"] * 2, server.wait_for(2))
  end

  def test_what_is_not_for_this_client_is_passed_over
    ScriptedServer.new(self, @socket,
                       "> transition name=api from=closed to=open\n~FULL no room\n+TAG allow closed 77\r\n")
    client = denying
    assert_nil(why(client))
    assert_equal(1, client.statistics.reports_refused)
    assert_equal([[:warn, "breakerd refused a report: FULL no room"]], @log.lines)
  end

  def test_an_error_is_as_good_as_no_answer
    server = ScriptedServer.new(self, @socket)
    client = denying
    ["-TAG INTERNAL a fault", "-TAG FORBIDDEN", "-TAG BAD_NAME", "+TAG ok closed", "+TAG"].each do |error|
      server.answer = error
      assert_equal("refused", why(client), error)
    end
    assert_equal([[:warn, "calls are refused (on_unavailable=deny), since breakerd refused: INTERNAL a fault"]], @log.lines)
  end

  def test_who_answers_wrongly_is_not_breakerd
    ["+@0 allow closed 77", "+allow closed 77", "HTTP/1.1 400 Bad Request", "\n", "*1\n a=b\n",
     "+TAG allow closed 77\n+TAG allow closed 77", "x" * 70_000, "\xFF\xFE\n"].each_with_index do |answer, number|
      @socket = path("s#{number}")
      ScriptedServer.new(self, @socket, answer)
      client = denying
      assert_equal("not-breakerd", why(client) || why(client), answer[0, 20].inspect)
    end
  end

  def test_a_fatal_line_says_why
    ScriptedServer.new(self, @socket, "!BUSY too many connections\n")
    assert_equal("refused", why(denying))
    assert_equal("calls are refused (on_unavailable=deny), since breakerd closed the connection: BUSY too many connections",
                 @log.lines.first.last)
  end

  def test_a_greeting_that_is_refused
    ScriptedServer.new(self, @socket).hello = "-TAG BAD_VERSION max=0"
    assert_equal("refused", why(denying))
  end

  def test_tags_begin_anywhere_and_go_on_by_one
    server = ScriptedServer.new(self, @socket)
    4.times do |number|
      client = denying
      3.times { client.breaker("api").permit.ok }
      assert(eventually { server.lines.size == 7 * (number + 1) })
    end
    runs = server.lines.map { |line| line[/\A@(\h+) /, 1].hex }.each_slice(7).to_a
    assert_equal(4, runs.map(&:first).uniq.size)
    runs.each { |run| assert_equal(Array.new(7) { |step| (run.first + step) & 0xFFFF_FFFF }, run) }
  end

  def test_the_greeting_names_the_client
    server = ScriptedServer.new(self, @socket)
    denying(name: "web 3\n#{"x" * 40}").breaker("api").permit.ignore
    denying(name: "\n").breaker("api").permit.ignore
    denying(name: "#{"é" * 15}xß").breaker("api").permit.ignore
    hello = "hello 1 client=ruby/#{Breakerd::VERSION} bound=yes"
    greetings = server.lines.grep(/hello/).map { |line| line.partition(" ").last }
    # Of what would be cut in two, nothing is told.
    assert_equal(["#{hello} name=web%203#{"x" * 27}", hello, "#{hello} name=#{"é" * 15}x"],
                 greetings.map { |line| line.dup.force_encoding("UTF-8") })
  end

  def test_a_lease_is_asked_for_in_milliseconds
    server = ScriptedServer.new(self, @socket)
    api = denying.breaker("api")
    api.permit(lease: 90.5).ignore
    api.call(lease: 0.0001) { nil }
    assert_equal(["allow api lease=90500ms", "allow api lease=1ms"],
                 server.lines.grep(/allow/).map { |line| line.partition(" ").last })
  end
end
