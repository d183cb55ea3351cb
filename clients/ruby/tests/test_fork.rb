# frozen_string_literal: true

require_relative "batch_case"

# A child of a fork goes on with its parent's client, and leaves to the parent what is the parent's.
class ForkTest < BatchCase
  def test_counts_and_permits_stay_the_parents
    pass_time(1)
    succeed(5)
    @server.answer = "+TAG allow half-open 80.1 lease_ms=30000"
    probe = @client.breaker("probed").permit
    permit = @api.permit
    in_child do
      permit.ok
      probe.fail
      probe = nil
      GC.start
      @client.flush
      @client.close
    end
    assert_equal(1, @server.connections)
    permit.ok
    probe.ok
    @client.flush
    assert_equal(["report api ok 77 n=6 quiet", "report probed ok 80.1 ms=0 quiet"], take(2).sort)
  end

  def test_the_child_has_a_connection_and_a_second_at_once_of_its_own
    pass_time(1)
    succeed(5)
    in_child do
      succeed(2)
      raise "it has no connection" unless @client.statistics.connections == 1
      raise "it has told nothing" unless @client.statistics.reports_sent == 2
    end
    assert_equal(["report api ok 77 ms=0 quiet"] * 2, take(2))
    assert_equal(2, @server.connections)
    @client.flush
    assert_equal(["report api ok 77 n=5 quiet"], take(1))
  end

  def test_a_call_that_forks_is_the_parents
    pass_time(1)
    succeed(5)
    child = @api.call { fork }
    unless child
      @client.close
      exit!(0)
    end
    assert(Process.wait2(child).last.success?)
    @api.call { in_child { nil } }
    @client.flush
    assert_equal(["report api ok 77 n=7 quiet"], take(1))
  end

  def test_children_of_children
    in_child do
      in_child { succeed }
      succeed
    end
    succeed
    assert_equal(["report api ok 77 ms=0 quiet"] * 3, take(3))
    assert_equal(3, @server.connections)
  end

  def test_a_child_that_became_a_daemon_connects_anew
    pass_time(1)
    succeed(5)
    in_child do
      succeed(2)
      Process.daemon(true, true)
      succeed(2)
      @client.close
    end
    # Those of the child before it was the daemon, and then of the daemon.
    assert_equal(["report api ok 77 ms=0 quiet"] * 4, take(4))
    assert_equal(3, @server.connections)
  end

  def test_a_fork_while_another_thread_waits_for_an_answer
    @server.answer = ->(request) { "+TAG allow closed 77" unless request.include?("other") }
    asking = Thread.new { @client.breaker("other").permit }
    assert(eventually { @server.lines.any? { |line| line.include?("allow other") } })
    in_child { succeed }
    assert_equal(["report api ok 77 ms=0 quiet"], take(1))
    @server.drop
    asking.join
  end

  def test_programs_that_are_run_inherit_no_descriptor
    succeed
    Dir.children("/proc/self/fd").each do |number|
      target = File.readlink("/proc/self/fd/#{number}")
      next unless target.include?("socket:") || target.include?(@directory)

      flags = File.read("/proc/self/fdinfo/#{number}")[/^flags:\s*(\d+)/, 1].to_i(8)
      refute_equal(0, flags & 0o2000000, target)
    rescue Errno::ENOENT
      next
    end
  end

  def test_a_closed_client_stays_closed
    @client.close
    in_child { succeed }
    assert_equal(1, @server.connections)
  end
end
