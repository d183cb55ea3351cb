# frozen_string_literal: true

require_relative "batch_case"

# How the block of a call can be left, and what that counts as.
class EndingsTest < BatchCase
  OK = "report api ok 77 ms=0 quiet"

  def failed(word) = "report api fail 77 ms=0 err=#{word} quiet"

  # What was told by the end of the block; an end that is told comes last, so that nothing can follow unseen.
  def told_by
    yield
    @api.permit.fail("end")
    take(@client.statistics.reports_sent - @sent).reverse.drop(1).reverse.tap { @sent = @client.statistics.reports_sent }
  end

  def setup
    super
    @sent = @client.statistics.reports_sent
  end

  # By the board at first, in a batch, and with a place that the daemon keeps.
  def each_way
    yield "first second"
    pass_time(1)
    succeed
    @api.permit.fail("end")
    take(2)
    @sent = @client.statistics.reports_sent
    yield "batch"
    @board.put("api", 0)
    @server.answer = "+TAG allow half-open 77.1 lease_ms=30000"
    yield "place"
  end

  # The lines without what depends on the way.
  def plain(lines) = lines.map { |line| line.sub(/77\.1/, "77").sub(/ n=1( age=1)?/, " ms=0") }

  def leave_by_return = @api.call { return 1 }

  def test_a_block_that_comes_back_by_the_programs_will_has_succeeded
    each_way do |way|
      assert_equal([OK], plain(told_by { assert_equal(7, @api.call { 7 }) }), way)
      assert_equal([OK], plain(told_by { assert_equal(8, @api.call { next 8 }) }), way)
      assert_equal([OK], plain(told_by { assert_equal(9, @api.call { break 9 }) }), way)
      assert_equal([OK], plain(told_by { assert_equal(1, leave_by_return) }), way)
      assert_equal([OK], plain(told_by { assert_equal(2, catch(:done) { @api.call { throw :done, 2 } }) }), way)
      assert_equal([OK], plain(told_by { while_handling_an_error }), way)
    end
  end

  def while_handling_an_error
    raise "another"
  rescue RuntimeError
    leave_by_return
  end

  def test_an_error_that_leaves_the_block_is_a_failure_and_comes_out_unchanged
    each_way do |way|
      error = IOError.new("mine")
      told = told_by { assert_same(error, assert_raises(IOError) { @api.call { raise error } }) }
      assert_equal([failed("IOError")], plain(told), way)
    end
  end

  def test_what_the_program_excludes_and_what_is_no_standard_error_is_not_told
    @api = @client.breaker("api", exclude: [KeyError, ->(error) { error.message == "this" }],
                                  failure: ->(error) { error.message != "mine" })
    errors = [KeyError.new, RuntimeError.new("this"), RuntimeError.new("mine"), Interrupt.new, SystemExit.new,
              NoMemoryError.new, NotImplementedError.new]
    each_way do |way|
      errors.each do |error|
        told = told_by { assert_raises(error.class) { @api.call { raise error } } }
        assert_equal(way == "place" ? ["report api ignore 77 quiet"] : [], plain(told), "#{way} #{error.inspect}")
      end
      assert_equal([failed("RuntimeError")], plain(told_by { assert_raises(RuntimeError) { @api.call { raise "?" } } }))
    end
  end

  def test_a_predicate_that_fails_makes_no_difference_to_the_daemon
    @api = @client.breaker("api", failure: ->(_) { raise "broken" })
    told = told_by { assert_equal("broken", assert_raises(RuntimeError) { @api.call { raise IOError } }.message) }
    assert_equal([failed("IOError")], told)
  end

  def test_a_timeout_around_the_call_is_a_failure
    each_way do |way|
      told = told_by { assert_raises(Timeout::Error) { Timeout.timeout(0.01) { @api.call { sleep } } } }
      assert_equal([failed("Timeout::Error")], plain(told), way)
      told = told_by { assert_raises(KeyError) { Timeout.timeout(0.01, KeyError) { @api.call { sleep } } } }
      assert_equal([failed("KeyError")], plain(told), way)
      told = told_by do
        assert_raises(Timeout::Error) { Timeout.timeout(0.01) { @api.call { Timeout.timeout(10) { sleep } } } }
      end
      assert_equal([failed("Timeout::Error")], plain(told), way)
    end
  end

  def test_a_timeout_within_the_call_is_what_the_program_makes_of_it
    each_way do |way|
      told = told_by { assert_raises(Timeout::Error) { @api.call { Timeout.timeout(0.01) { sleep } } } }
      assert_equal([failed("Timeout::Error")], plain(told), way)
      assert_equal([OK], plain(told_by { assert_equal(:late, leave_after_a_timeout) }), way)
    end
    @api = @client.breaker("api", exclude: Timeout::Error)
    assert_equal(["report api ignore 77.1 quiet"],
                 told_by { assert_raises(Timeout::Error) { Timeout.timeout(0.01) { @api.call { sleep } } } })
  end

  def leave_after_a_timeout
    @api.call do
      begin
        Timeout.timeout(0.01) { sleep }
      rescue Timeout::Error
        nil
      end
      return :late
    end
  end

  def test_a_thread_that_is_killed_says_nothing
    each_way do |way|
      told = told_by do
        thread = Thread.new { @api.call { sleep } }
        assert(eventually { thread.stop? })
        thread.kill.join
      end
      assert_equal(way == "place" ? ["report api ignore 77 quiet"] : [], plain(told), way)
    end
  end

  def test_the_first_end_of_a_permit_counts
    told = told_by do
      permit = @api.permit
      permit.fail(IOError)
      permit.ok
      permit.ignore
      permit.settle(KeyError.new)
    end
    assert_equal([failed("IOError")], told)
    words = { "a b%\n" => "a%20b%25", :late => "late", KeyError.new => "KeyError", Answered => "Answered", Class.new => nil, nil => nil }
    words.each do |cause, word|
      told = told_by { @api.permit.fail(cause) }
      assert_equal([word ? failed(word) : "report api fail 77 ms=0 quiet"], told)
    end
  end

  def test_a_permit_is_settled_by_what_the_breaker_counts
    api = @client.breaker("api", exclude: KeyError)
    told = told_by do
      api.permit.settle
      api.permit.settle(IOError.new)
      api.permit.settle(KeyError.new)
    end
    assert_equal([OK, failed("IOError")], told)
  end

  def test_a_permit_that_is_let_go_goes_back
    @board.put("api", 0)
    @server.answer = "+TAG allow half-open 77.1 lease_ms=30000"
    let_go { @api.permit }
    assert(goes_back)
    # Of a call whose fiber nobody resumes, Ruby runs no ensure.
    let_go { Fiber.new { @api.call { Fiber.yield } }.tap(&:resume) }
    assert(goes_back)
  end

  # Deep on a stack of its own, where the collector finds no leftovers.
  def let_go(&block)
    Thread.new { Array.new(1) { block.call }.clear && nil }.join
    @server.lines.clear
  end

  def goes_back
    eventually do
      GC.start
      @client.flush
      @server.told == ["report api ignore 77.1 quiet"]
    end
  end
end

# A class, for its name.
class Answered
end
