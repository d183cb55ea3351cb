# frozen_string_literal: true

require_relative "socket_case"

# What calls do while there is no daemon, and how often they look for one.
class AbsenceTest < SocketCase
  def test_each_reason_has_its_word
    client = denying
    assert_equal("not-running", why(client))
    assert_match(/so calls are refused .*nothing listens at .*: is breakerd running\?/, @log.lines.first.last)
    File.write(path("file"), "")
    @socket = path("file")
    assert_equal("cannot-connect", why(denying))
    @socket = path("x" * 200)
    assert_equal("cannot-connect", why(denying))
    @socket = path("left")
    UNIXServer.new(@socket).close
    assert_equal("not-running", why(denying))
  end

  def test_meanwhile_no_call_tries_the_socket
    now = clock
    client = client(path("none"))
    api = client.breaker("api")
    failures = []
    connection(client).define_singleton_method(:failed) do |*why|
      failures.push(now.now)
      super(*why)
    end
    60_000.times do
      now.advance(0.001)
      api.permit
    end
    gaps = failures.each_cons(2).map { |before, after| (after - before).fdiv(SECOND) }
    assert_operator(gaps.max, :<, 1.002)
    assert_operator(gaps.min, :>, 0.004)
    gaps.first(6).each_with_index do |gap, number|
      whole = 0.01 * 2**number
      assert(gap.between?(whole / 2, whole + 0.002), gaps.inspect)
    end
    # With jitter.
    assert_operator(gaps.drop(8).map { |gap| gap.round(3) }.uniq.size, :>, 10)
  end

  def test_one_line_a_minute_is_logged
    now = clock
    client = client(path("none"), logger: @log)
    (3 * 60 - 1).times do
      client.breaker("api").permit
      now.advance(1)
    end
    assert_equal(3, @log.lines.size, @log.lines.inspect)
    assert_includes(@log.lines.first.last, "so calls are not guarded (on_unavailable=allow)")
  end

  def test_a_log_that_fails_fails_no_call
    def @log.warn(_text) = raise("the disk is full")
    api = client(path("none"), logger: @log).breaker("api")
    assert_equal(7, api.call { 7 })
  end

  def test_who_may_not_open_the_socket_is_told_what_to_do
    ScriptedServer.new(self, @socket)
    File.chmod(0o755, @directory)
    File.chmod(0, @socket)
    as_another_user do
      client = denying
      assert_equal("not-permitted", why(client))
      assert_equal("not-permitted", why(client))
    end
    assert_equal(1, @log.lines.size)
    level, line = @log.lines.first
    assert_equal(:error, level)
    assert_includes(line, "usermod -aG \"$(stat -c %G #{@socket})\" \"$(id -nu ")
  end

  def test_reports_that_wait_are_bounded_and_told_later_with_their_age
    now = clock
    server = ScriptedServer.new(self, @socket)
    client = client(@socket, use_board: false)
    permits = Array.new(1_100) { client.breaker("api").permit }
    server.stop
    permits.each { |permit| permit.fail("x") }
    assert_equal([1_000, 100], [client.statistics.reports_waiting, client.statistics.reports_dropped])
    File.unlink(@socket)
    server = ScriptedServer.new(self, @socket)
    now.advance(2)
    client.flush
    assert_equal(["report api fail 77 ms=0 err=x age=2000 quiet"] * 1_000, server.wait_for(1_000))
    assert_equal(0, client.statistics.reports_waiting)
  end

  def test_reports_that_could_not_be_written_are_kept
    now = clock
    server = ScriptedServer.new(self, @socket)
    client = client(@socket, use_board: false)
    permits = Array.new(3) { client.breaker("api").permit }
    wire = connection(client).instance_variable_get(:@wire)
    # The daemon goes between the look at what has come and the writing.
    wire.stub(:receive, []) do
      server.drop
      wire.stub(:send, ->(_bytes) { raise Errno::EPIPE }) { permits.each { |permit| permit.fail("x") } }
    end
    now.advance(2)
    client.flush
    assert_equal(["report api fail 77 ms=0 err=x age=2000 quiet"] * 3, server.wait_for(3))
  end

  def test_a_connection_that_was_lost_unnoticed_costs_no_call
    now = clock
    server = ScriptedServer.new(self, @socket)
    client = denying
    ["", "!SHUTTING_DOWN the daemon is stopping: connect again later\n"].each do |last_words|
      assert_nil(why(client))
      server.send(last_words)
      server.drop
      assert_nil(why(client))
      now.advance(1)
    end
    assert_equal([0, 3], [client.statistics.unavailable, client.statistics.connections])
  end

  def test_a_server_that_closes_each_connection_is_not_pressed
    clock
    server = ScriptedServer.new(self, @socket)
    client = client(@socket)
    50.times do
      client.breaker("api").permit.ignore
      server.drop
    end
    assert_operator(client.statistics.connections, :<, 5)
  end

  def test_the_end_of_the_process_tells_what_was_counted_also_by_handlers_of_that_end
    server = ScriptedServer.new(self, @socket)
    program = <<~RUBY
      at_exit { API.permit.fail("late") }
      require #{File.expand_path("library", __dir__).inspect}
      API = Breakerd::Client.new(socket_path: ARGV.first, deadline: 10, logger: nil).breaker("api")
      API.permit.fail("early")
    RUBY
    assert(system(RbConfig.ruby, "-w", "-e", program, @socket))
    assert_equal(%w[err=early err=late], server.wait_for(2).map { |line| line[/err=\w+/] })
  end
end
