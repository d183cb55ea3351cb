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

  def test_what_strikes_the_closing_of_a_socket_or_a_file_leaves_nothing_open
    UNIXServer.open(path("closing")) do |listening|
      assert_nothing_left_open do |strike|
        wire = self.class.internal(:Wire).new(path("closing"))
        strike.call { wire.close }
        wire.close
        listening.accept.close
      end
    end
    assert_nothing_left_open { |strike| strike.call { self.class.internal(:Board).new(path("board"), Process.euid) } }
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

  def test_a_request_that_is_interrupted_gives_its_connection_up_and_the_next_call_connects_at_once
    late = nil
    @server.answer = lambda do |request|
      next "+TAG allow closed 77" unless request.include?("hanging")

      late = true
      nil
    end
    [->(thread) { thread.raise(KeyError) }, ->(thread) { thread.kill }].each_with_index do |strike, number|
      late = false
      strike_a_call("hanging", strike) { late }
      # The clock stands still, so the least pause would last for ever.
      @client.breaker("other").permit.ok
      assert_equal([0, number + 2], [@client.statistics.unavailable, @server.connections])
    end
  end

  def test_a_request_that_is_interrupted_twice_gives_its_connection_up_all_the_same
    waits = nil
    @server.answer = ->(request) { request.include?("hanging") ? (waits = true) && nil : "+TAG allow closed 77" }
    # Struck again before it has done anything about the first time.
    connection(@client).define_singleton_method(:interrupted) do
      singleton_class.remove_method(:interrupted)
      raise KeyError, "again"
    end
    strike_a_call("hanging", ->(thread) { thread.raise(KeyError) }) { waits }
    @client.breaker("other").permit.ok
    assert_equal([0, 2], [@client.statistics.unavailable, @server.connections])
  end

  def test_who_is_interrupted_before_the_daemon_has_said_a_word_leaves_it_alone_for_a_while
    @server.hello = @server.answer = nil
    @server.drop
    strike_a_call("first", ->(thread) { thread.raise(KeyError) }) { @server.lines.grep(/hello/).size == 2 }
    assert(Thread.new { @client.breaker("second").permit.ok }.join(20), "it waits")
    assert_equal(1, @client.statistics.unavailable)
    @server.hello = "+TAG ok version=0.1.0 epoch=e role=use board= max_line=1024"
    @server.answer = "+TAG allow closed 77"
    @now.advance(1)
    @client.breaker("third").permit.ok
    assert_equal(1, @client.statistics.unavailable)
  end

  # Does it over and over in a thread. Whatever it gives to what it is given may be struck anywhere.
  def assert_nothing_left_open
    before = descriptors
    over = false
    strike = lambda do |&block|
      Thread.handle_interrupt(KeyError => :immediate, &block)
    rescue KeyError
      nil
    end
    thread = Thread.handle_interrupt(KeyError => :never) { Thread.new { yield strike until over } }
    500.times do
      thread.raise(KeyError, "anywhere")
      sleep(rand * 0.0002)
    end
    over = true
    thread.join
    # Those of earlier tests may go meanwhile.
    assert_operator(descriptors, :<=, before)
  end

  def descriptors
    GC.start
    Dir.children("/proc/self/fd").size
  end

  # Interrupts a call that waits for its reply, once the block says that it does.
  def strike_a_call(name, strike, &waits)
    asking = Thread.new { @client.breaker(name).permit }
    asking.report_on_exception = false
    assert(eventually(&waits))
    strike.call(asking)
    begin
      asking.join
    rescue KeyError
      nil
    end
    refute(asking.alive?)
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
        # An interruption may cost the connection, and that some milliseconds. Many calls meanwhile would be told one by one.
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
