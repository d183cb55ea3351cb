# frozen_string_literal: true

require_relative "batch_case"

# What a client tells of the calls that a board let pass, and when.
class BatchesTest < BatchCase
  def test_outcomes_of_the_first_second_are_told_at_once
    3.times do
      succeed
      @now.advance(0.3)
    end
    assert_equal(["report api ok 77 ms=0 quiet"] * 3, take(3))
  end

  def test_successes_are_told_together_when_a_call_ends_after_the_interval
    pass_time(1)
    succeed(100)
    pass_time(0.0985)
    succeed(100)
    assert_empty(@server.told)
    @api.call { pass_time(0.002) }
    assert_equal(["report api ok 77 n=201 quiet"], take(1))
  end

  def test_successes_are_told_together_when_a_call_begins_after_the_interval
    pass_time(1)
    succeed(100)
    pass_time(0.1005)
    told = nil
    @api.call { told = take(1) }
    assert_equal(["report api ok 77 n=100 age=101 quiet"], told)
  end

  def test_a_call_of_another_breaker_tells_them_too
    pass_time(1)
    succeed(5)
    pass_time(0.2)
    @board.put("other", FORCED_OPEN)
    assert_raises(Breakerd::Denied) { @client.breaker("other").permit }
    assert_equal(["report api ok 77 n=5 age=200 quiet"], take(1))
  end

  def test_successes_are_told_before_a_failure_in_the_same_write
    pass_time(1)
    writes = []
    connection(@client).define_singleton_method(:transmit) do |bytes|
      writes.push(bytes)
      super(bytes)
    end
    succeed(7)
    @now.advance(0.0105)
    fail_call
    assert_equal(["report api ok 77 n=7 age=11 quiet", "report api fail 77 ms=0 err=IOError quiet"], take(2))
    assert_equal(1, writes.size)
  end

  def test_a_success_is_told_as_if_it_had_ended_well_after_the_failure_that_it_followed
    pass_time(1)
    fail_call
    take(1)
    # How long after the failure it ends, how long after that it is told, and as how old. A busy daemon may have taken the failure up
    # 10 ms later than it was told.
    [[0.0055, 0.0065, " age=2"], [0.0055, 0.002, ""], [0.0255, 0.003, " age=3"]].each do |gap, rest, age|
      @now.advance(gap)
      succeed
      @now.advance(rest)
      fail_call
      assert_equal("report api ok 77 n=1#{age} quiet", take(2).first)
    end
  end

  def test_rounding_never_puts_a_success_before_the_failure_that_it_followed
    pass_time(1)
    2.times do
      @now.advance(0.0002)
      succeed
      @now.advance(0.0002)
      fail_call
    end
    failed = "report api fail 77 ms=0 err=IOError quiet"
    # Nothing had failed before the first.
    assert_equal(["report api ok 77 n=1 age=1 quiet", failed, "report api ok 77 n=1 quiet", failed], take(4))
  end

  def test_a_slow_call_is_told_alone_behind_what_came_before_it
    @board.put("api", CLOSED, slow_ms: 40)
    pass_time(1)
    succeed(3)
    @api.call { @now.advance(0.0399) }
    assert_empty(@server.told)
    @api.call { @now.advance(0.04) }
    assert_equal(["report api ok 77 n=4 age=40 quiet", "report api ok 77 ms=40 quiet"], take(2))
  end

  def test_another_generation_ends_the_batch_and_is_told_at_once
    pass_time(1)
    succeed(3)
    @board.put("api", CLOSED, generation: 78)
    succeed
    assert_equal(["report api ok 77 n=3 quiet", "report api ok 78 ms=0 quiet"], take(2))
  end

  def test_a_call_that_outlives_its_generation_bears_its_number
    pass_time(1)
    permit = @api.permit
    @board.put("api", CLOSED, generation: 78)
    succeed
    permit.ok
    assert_equal(["report api ok 78 ms=0 quiet", "report api ok 77 ms=0 quiet"], take(2))
  end

  def test_more_than_a_million_are_told_in_parts
    pass_time(1)
    succeed
    generation = state(@api).instance_variable_get(:@current)
    1_000_001.times { generation.step }
    @client.flush
    assert_equal(["report api ok 77 n=1000000 quiet", "report api ok 77 n=2 quiet"], take(2))
  end

  def test_closing_tells_what_was_counted
    pass_time(1)
    succeed(9)
    @client.close
    assert_equal(["report api ok 77 n=9 quiet"], take(1))
    succeed
    assert_equal(1, @client.statistics.reports_dropped)
  end

  def test_a_client_that_is_let_go_tells_what_was_counted
    pass_time(1)
    let_go
    assert(eventually do
      GC.start
      @server.told.any? { |line| line.start_with?("report api ok 77 n=9") }
    end)
  end

  def let_go
    another = Breakerd::Client.new(socket_path: path("s"), deadline: 10, logger: nil)
    api = another.breaker("api")
    2.times { api.permit.ignore }
    pass_time(1)
    9.times { api.call { nil } }
  end

  def test_permits_of_batches_are_counted_once
    pass_time(1)
    succeed
    permits = Array.new(5) { @api.permit }
    2.times { permits.each(&:ok) }
    permits.each(&:fail)
    @client.flush
    assert_equal(["report api ok 77 n=6 quiet"], take(1))
  end

  def test_without_room_successes_of_the_first_second_are_counted_too
    @server.stop
    succeed(2_000)
    assert_equal(0, @client.statistics.reports_dropped)
    assert_operator(@client.statistics.reports_waiting, :<, 10)
  end
end
