# frozen_string_literal: true

require_relative "daemon_case"

# A real daemon: one trip stops all processes, and nothing is lost or told twice.
class TripsTest < DaemonCase
  def test_a_trip_in_one_process_refuses_in_another_and_a_reset_lets_pass
    client = client(@daemon.socket)
    api = client.breaker("api")
    2.times { api.call { nil } }
    in_child do
      5.times { api.permit.fail("timeout") }
      client.close
    end
    assert(eventually { @daemon.ask("state api").start_with?("+ok open") })
    denied = assert_denied(api, "open")
    assert(denied.retry_after.between?(0, 5.5))
    assert_includes(@daemon.ask("why api"), "err=timeout")
    assert_equal("+ok 1", @daemon.ask("reset api"))
    api.call { nil }
  end

  def test_clients_are_listed_by_name
    client = client(@daemon.socket, name: "web 3")
    client.breaker("api").permit.ignore
    row = @daemon.ask("clients").lines.grep(/ruby/).first
    assert_includes(row, "client=ruby/#{Breakerd::VERSION}")
    assert_includes(row, "name=web%203")
  end

  def test_a_daemon_that_is_started_anew_is_asked_again_without_an_unguarded_call
    %i[stop kill].each do |ending|
      client = client(@daemon.socket)
      api = client.breaker("api")
      2.times { api.call { nil } }
      @daemon.public_send(ending)
      @daemon.start
      api.call { nil }
      fail_call(api)
      api.call { nil }
      assert_equal(0, client.statistics.unavailable)
    end
  end
end

# What the daemon has counted in the end.
class CountsTest < DaemonCase
  DAEMON_OPTIONS = NEVER_TRIPS

  def test_counts_are_exact_after_the_end
    [true, false].each do |use_board|
      name = "board-#{use_board}"
      client = client(@daemon.socket, use_board: use_board)
      api = client.breaker(name)
      (1..1_000).each { |number| (number % 50).zero? ? fail_call(api) : api.call { nil } }
      client.close
      assert(shows?(name, ok: 980, failed: 20, stale: 0), @daemon.show(name).to_s)
      assert_equal(0, client.statistics.reports_dropped)
      assert_operator(client.statistics.requests, :<, 20) if use_board
    end
  end

  def test_a_failure_is_never_counted_before_the_successes_that_preceded_it
    batch_at_once
    api = breaker(flush_interval: 10)
    (1..30).each do |number|
      40.times { api.call { nil } }
      fail_call(api)
      # What a look shows is all that came before it on that connection, so no look may see the failure alone.
      show = {}
      assert(eventually { (show = @daemon.show("api"))["failed"] == number.to_s })
      assert_equal(40 * number, show["ok"].to_i)
    end
  end

  def test_slow_calls_are_told_at_once
    batch_at_once
    @daemon.ask("set api trip.slow_call=20ms trip.slow_rate=100% trip.minimum_calls=1000000")
    api = breaker(flush_interval: 10)
    3.times { api.call { nil } }
    api.call { sleep 0.03 }
    assert(shows?(slow: 1, ok: 4), @daemon.show("api").to_s)
  end

  def test_refusals_are_counted
    client = client(@daemon.socket)
    api = client.breaker("api")
    api.permit.ignore
    assert_equal("+ok 1", @daemon.ask("force api open"))
    100.times { assert_denied(api, "forced-open") }
    client.flush
    assert(shows?(refused: 100), @daemon.show("api").to_s)
    assert_equal(1, client.statistics.requests)
  end

  def test_threads_and_forked_workers_lose_nothing_and_tell_nothing_twice
    batch_at_once
    client = client(@daemon.socket)
    api = client.breaker("api")
    Array.new(8) { Thread.new { 500.times { api.call { nil } } } }.each(&:join)
    workers = Array.new(4) do
      Child.new(self, lambda do
        500.times { api.call { nil } }
        client.close
      end)
    end
    workers.each(&:join)
    500.times { api.call { nil } }
    client.close
    assert(shows?(ok: 6_500, stale: 0), @daemon.show("api").to_s)
  end
end
