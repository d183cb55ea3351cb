# frozen_string_literal: true

require_relative "socket_case"

# Servers that are slow, deaf or full: no call waits for them longer than its deadline.
class DeadlineTest < SocketCase
  # Much more than the deadline, much less than no deadline: a busy machine takes turns away.
  GENEROUS = 2

  def longest(client, calls)
    Array.new(calls) { seconds { client.breaker("api").permit.ignore } }.max
  end

  def seconds
    started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    yield
    Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
  end

  def test_who_never_answers_costs_the_deadline
    server = ScriptedServer.new(self, @socket, nil)
    client = client(@socket, deadline: 0.05)
    assert_operator(longest(client, 20), :<, GENEROUS)
    timeouts = client.statistics.timeouts
    assert_operator(timeouts, :>=, 1)
    # One that waited has closed: a late reply must not be taken for another.
    assert_equal([timeouts] * 2, [server.connections, client.statistics.connections])
  end

  def test_who_writes_without_end_costs_the_deadline
    server = ScriptedServer.new(self, @socket)
    server.define_singleton_method(:serve) do |connection|
      loop { connection.write("~FULL no room\n" * 5_000) }
    rescue SystemCallError, IOError
      nil
    end
    client = client(@socket, deadline: 0.05)
    assert_operator(longest(client, 5), :<, GENEROUS)
    assert_operator(client.statistics.timeouts, :>=, 1)
  end

  def test_a_full_backlog_is_no_reason_to_wait
    listening = Socket.new(:UNIX, :STREAM)
    listening.bind(Addrinfo.unix(@socket))
    listening.listen(0)
    waiting = []
    loop do
      waiting.push(Socket.new(:UNIX, :STREAM))
      waiting.last.connect_nonblock(Addrinfo.unix(@socket))
    rescue Errno::EAGAIN
      break
    end
    client = denying(deadline: 1_000)
    assert_equal("backlog-full", why(client))
    assert_equal(0, client.statistics.timeouts)
  ensure
    [listening, *waiting].each(&:close)
  end

  def test_a_server_that_reads_nothing_costs_the_deadline
    listening = UNIXServer.new(@socket)
    client = client(@socket, deadline: 0.05)
    assert_operator(longest(client, 3), :<, GENEROUS)
    api = client.breaker("api")
    assert_operator(seconds { 3_000.times { api.permit.fail } }, :<, 10)
    assert_operator(seconds { client.close }, :<, GENEROUS)
  ensure
    listening.close
  end

  def test_threads_that_ask_at_once_are_all_answered
    ScriptedServer.new(self, @socket)
    client = denying(use_board: false)
    threads = Array.new(8) { Thread.new { 50.times { client.breaker("api").permit.ok } } }
    threads.each(&:join)
    assert_equal([400, 0, 1], client.statistics.to_h.values_at(:requests, :unavailable, :connections))
  end
end
