# frozen_string_literal: true

require_relative "batch_case"
require_relative "daemon_case"

# Threads, signal handlers and exceptions that come from elsewhere, at any moment: state stays whole.
class InterruptionsTest < BatchCase
  def test_threads_lose_no_success
    pass_time(1)
    Array.new(8) { Thread.new { succeed(2_000) } }.each(&:join)
    @client.flush
    assert_equal(["report api ok 77 n=16000 quiet"], take(1))
  end

  def test_a_signal_handler_may_call_and_tell
    pass_time(1)
    errors = []
    handled = 0
    before = trap(:USR1) do
      @api.call { nil }
      @client.breaker("other").permit.ok
      @client.breaker("api").permit.fail("signal")
      @client.flush
      handled += 1
    rescue Exception => error # rubocop:disable Lint/RescueException -- it is told
      errors.push(error)
    end
    calls = 0
    sender = Thread.new do
      200.times do
        Process.kill(:USR1, Process.pid)
        sleep 0.001
      end
    end
    while sender.alive?
      @api.call { nil }
      @client.breaker("more").permit.ok
      calls += 1
    end
    sender.join
    assert_empty(errors)
    assert_operator(handled, :>, 0)
    @client.flush
    assert(eventually { succeeded("api") == calls + handled }, "#{succeeded("api")} of #{calls} + #{handled}")
    assert_equal(handled, @server.told.grep(/api fail/).size)
  ensure
    trap(:USR1, before || "DEFAULT")
  end

  def test_a_signal_handler_may_call_while_other_threads_have_the_locks
    errors = []
    over = false
    before = trap(:USR1) do
      @client.breaker("other").permit.fail("signal")
    rescue Exception => error # rubocop:disable Lint/RescueException -- it is told
      errors.push(error)
    end
    threads = Array.new(4) { Thread.new { @client.breaker("asked").permit.fail until over } }
    200.times do
      Process.kill(:USR1, Process.pid)
      sleep 0.001
    end
    over = true
    threads.each(&:join)
    assert_empty(errors)
  ensure
    trap(:USR1, before || "DEFAULT")
  end

  def test_a_request_that_is_interrupted_gives_its_connection_up
    @server.answer = ->(request) { "+TAG allow closed 77" unless request.include?("hanging") }
    asking = Thread.new { @client.breaker("hanging").permit }
    asking.report_on_exception = false
    assert(eventually { @server.lines.any? { |line| line.include?("hanging") } })
    asking.raise(KeyError)
    assert_raises(KeyError) { asking.join }
    assert(eventually do
      @now.advance(1)
      @client.breaker("other").permit.ok
      @server.connections == 2
    end)
  end

  def succeeded(name)
    @server.told.grep(/report #{name} ok/).sum { |line| line[/n=(\d+)/, 1]&.to_i || 1 }
  end
end

# The same with a real daemon: what it counts must be what was done.
class InterruptedCallsTest < DaemonCase
  DAEMON_OPTIONS = [*NEVER_TRIPS, "--default", "concurrency.limit=4"].freeze

  def test_calls_that_are_interrupted_anywhere_leave_no_place_taken
    client = client(@daemon.socket, on_unavailable: :allow)
    over = false
    client.breaker("api").call { nil }
    # Struck only where the test sees it; threads inherit that.
    workers = Thread.handle_interrupt(KeyError => :never) do
      Array.new(3) { Thread.new { work(client.breaker("api")) until over } }
    end
    workers.each { |worker| worker.report_on_exception = false }
    limit = Time.now + 3
    while Time.now < limit
      workers.sample.raise(KeyError, "anywhere")
      sleep(rand * 0.002)
    end
    over = true
    workers.each do |worker|
      worker.join
    rescue KeyError
      next
    end
    workers.clear
    # A call that is struck again while its end is told gives its place back when it is collected; Ruby may take what lies on a
    # stack for a reference to the last one.
    assert(eventually do
      GC.start
      client.flush
      @daemon.ask("why api").match?(/calls_out=[01] /)
    end, @daemon.ask("why api"))
    client.close
    assert(eventually { @daemon.ask("why api").include?("calls_out=0") }, @daemon.ask("why api"))
    client = client(@daemon.socket)
    permits = Array.new(4) { client.breaker("api").permit }
    assert_equal("saturated", assert_raises(Breakerd::Denied) { client.breaker("api").permit }.reason)
    permits.each(&:ok)
  end

  def test_timeouts_anywhere_lose_nothing_and_count_nothing_twice
    @daemon.ask("set api concurrency=off")
    batch_at_once
    client = client(@daemon.socket)
    api = client.breaker("api")
    api.call { nil }
    calls = finished = 1
    limit = Time.now + 3
    while Time.now < limit
      begin
        Timeout.timeout(0.0005 + rand * 0.002) do
          loop do
            calls += 1
            api.call { nil }
            finished += 1
          end
        end
      rescue Timeout::Error
        nil
      rescue Breakerd::Denied
        # An interruption costs the connection, and that some milliseconds. Many calls meanwhile would be told one by one.
        sleep 0.002
      end
    end
    # What waits for the next connection is dropped by a client that closes before.
    assert(eventually { client.flush || client.statistics.reports_waiting.zero? })
    client.close
    assert_equal(0, client.statistics.reports_dropped)
    assert_operator(finished, :>, 100)
    told = -> { @daemon.show("api").values_at("ok", "failed").sum(&:to_i) }
    assert(eventually { told.call >= finished }, "#{told.call} of #{finished}")
    assert_operator(told.call, :<=, calls)
  end

  def work(api)
    Thread.handle_interrupt(KeyError => :immediate) { api.call { sleep(rand * 0.001) } }
  rescue KeyError, Breakerd::Denied
    nil
  end
end
