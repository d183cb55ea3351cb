# frozen_string_literal: true

require_relative "batch_case"

# Calls that a board refuses, and such as it may not decide.
class BoardCallsTest < BatchCase
  def asks?
    before = @client.statistics.requests
    succeed
    @client.statistics.requests > before
  end

  def begin_a_batch
    pass_time(1)
    succeed(3)
    refute(asks?)
  end

  def test_refusals_are_told_together
    @board.put("api", FORCED_OPEN)
    20.times do
      denied = assert_raises(Breakerd::Denied) { succeed }
      assert_equal(["forced-open", nil, "api"], [denied.reason, denied.retry_after, denied.name])
    end
    pass_time(0.1)
    @board.put("api", CLOSED)
    succeed
    assert_equal(["denied api n=20 quiet", "report api ok 77 ms=0 quiet"], take(2))
    assert_equal(20, @client.statistics.denied_locally)
  end

  def test_an_open_breaker_says_when_to_ask_again
    @board.put("api", OPEN, retry_at: 100)
    denied = assert_raises(Breakerd::Denied) { succeed }
    assert_equal(["open", 1.0], [denied.reason, denied.retry_after])
    assert_equal("breaker api is open, retry in 1 s", denied.message)
    pass_time(1)
    succeed
    assert_equal(2, @client.statistics.requests)
  end

  def test_after_a_batch_began_every_call_still_looks
    begin_a_batch
    [OPEN, HALF_OPEN, FORCED_OPEN].each do |state|
      @board.put("api", state)
      assert_raises(Breakerd::Denied) { succeed }
      assert_raises(Breakerd::Denied) { @api.permit }
      @board.put("api", CLOSED)
      succeed(3)
    end
  end

  def test_a_file_that_was_replaced_is_left_for_the_new_one
    begin_a_batch
    @board.status = 2
    assert(asks?)
    new = BoardFile.new(path("board"), @now.now, slots: 2048, seed: 9)
    new.put("api", FORCED_OPEN)
    @now.advance(1)
    new.beat(@now.now)
    assert_raises(Breakerd::Denied) { succeed }
  end

  def test_a_stale_file_decides_nothing
    begin_a_batch
    @now.advance(2.001)
    assert(asks?)
    # It is not even opened at each call.
    boards = @client.statistics.boards
    assert(asks? && asks?)
    assert_operator(@client.statistics.boards, :<=, boards + 1)
  end

  def test_a_heartbeat_that_grows_stale_between_two_calls_ends_the_quick_way
    @client = client(path("s"), flush_interval: 10)
    @api = @client.breaker("api")
    2.times { @api.permit.ignore }
    begin_a_batch
    @now.advance(2.5)
    assert(asks?)
  end

  def test_a_file_whose_daemon_stops_decides_nothing
    begin_a_batch
    @board.status = 3
    assert(asks?)
  end

  def test_a_word_that_says_ask_is_obeyed
    begin_a_batch
    [[CLOSED, true], [0, false], [9, false]].each do |state, ask|
      @board.put("api", state, ask: ask)
      assert(asks?)
    end
  end

  def test_a_name_without_a_slot_is_looked_for_once_a_second
    looks = 0
    session(@client).board(@now.now).define_singleton_method(:find) do |name|
      looks += 1
      super(name)
    end
    other = @client.breaker("other")
    10.times { other.permit.ignore }
    # Once before it was asked about, once after.
    assert_equal(2, looks)
    @board.put("other", FORCED_OPEN)
    pass_time(1)
    assert_raises(Breakerd::Denied) { other.permit }
  end

  def test_the_board_of_another_run_is_not_used
    BoardFile.new(path("other"), @now.now, epoch: 0xBAD).put("api", FORCED_OPEN)
    ScriptedServer.new(self, path("s2"), board: path("other"))
    other = client(path("s2"))
    3.times { other.breaker("api").permit.ignore }
    assert_equal([3, 0], [other.statistics.requests, other.statistics.boards])
  end

  def test_without_the_board_each_call_is_asked_about
    other = client(path("s"), use_board: false)
    3.times { other.breaker("api").permit.ok }
    assert_equal([3, 0], [other.statistics.requests, other.statistics.boards])
  end

  def test_without_a_mapping_the_board_is_read_by_position
    self.class.internal(:Words).stub(:mapped, nil) do
      other = client(path("s"))
      api = other.breaker("api")
      2.times { api.permit.ignore }
      pass_time(1)
      20.times { api.call { nil } }
      @board.put("api", FORCED_OPEN)
      assert_raises(Breakerd::Denied) { api.call { nil } }
      other.flush
      assert_equal(["report api ok 77 n=20 quiet", "denied api n=1 quiet"], take(2))
      assert_equal(1, other.statistics.requests)
    end
  end
end
