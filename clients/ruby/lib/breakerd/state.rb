# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # What a client knows of one breaker, shared by all handles of that name.
  class State
    # For so long after a generation was first seen each outcome is told at once: a fresh window must not be filled by
    # failures alone.
    UNBATCHED = Clock::SECOND
    # A name that a board lacks is looked for again after so long.
    LOOK_AGAIN = Clock::SECOND
    # A generation that is over is looked at for so long, in case a thread was about to count.
    RETIRED = 10 * Clock::SECOND
    # Nothing passes without a closer look.
    NOTHING = [].freeze

    attr_reader :name

    # All that a call needs to pass by the board; while it holds, nothing else has to be looked at:
    #
    # * what to read the board by, where the breaker's word is there, and what its lower half must be;
    # * what the heartbeat must be;
    # * until when a call may begin: then the heartbeat is still good, and if the call takes less than a millisecond it
    #   ends before the batch is due;
    # * the generation.
    #
    # An array, which is taken apart by one step, so that all is of one time. Empty: nothing passes that way.
    attr_reader :fast

    # When a call begins that may pass by what {#fast} has given; nil: it needs a closer look.
    def self.started(fast)
      words, place, word, heartbeat, limit, = fast
      return unless words && words.get_value(:u32, place) == word

      now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
      now if now < limit && words.get_value(:u64, Board::STATUS) == Board::ALIVE &&
             words.get_value(:u64, Board::HEARTBEAT) == heartbeat
    end

    def initialize(session, name)
      @session = session
      @name = name
      reset
    end

    # Forgets all, as in a process that has just been forked.
    def reset
      @fast = NOTHING
      # A board, and where the breaker's word is there; nil: it has none.
      @spot = NOTHING
      @look_at = 0
      @current = nil
      @retired = []
      @denials = Tally.new
      @failed_at = nil
      rule = @session.on_unavailable
      @local = rule.is_a?(Local) ? LocalBreaker.new(rule) : nil
    end

    # Whether a call may be made

    # Decides, by the board if that is possible, else by asking, and grants the admission.
    #
    # @raise [Denied]
    def admit(admission, lease)
      now = Clock.now
      @session.flush_due if @session.due?(now)
      board = @session.board(now)
      look = board && look_at(board, now)
      case look&.verdict
      when :allow then pass(admission, board, look)
      when :deny
        count_denial(look.now)
        raise DeniedCall.new(Board::REASONS[look.state], board.retry_after(look), name)
      else
        @session.board_is_gone(board) if look&.verdict == :gone
        ask(admission, lease)
      end
    end

    # How it ended

    def succeeded(admission)
      generation = admission.generation
      now = Clock.now
      if admission.quick? && now - admission.started < Clock::MILLISECOND
        admission.settle
        return generation.succeeded(now)
      end
      return tell("ok", admission) if !generation || must_be_told?(generation, admission.started, now)

      @session.ledger.hold do
        next if admission.settled?

        admission.settle
        next if generation.era != @session.era

        generation.succeeded(now)
        @local&.succeeded
        @session.counting(self, now)
      end
      @session.flush_due if @session.due?(now)
    end

    def failed(admission, error_class) = tell("fail", admission, error_class)

    def ignored(admission)
      return if admission.settled?
      return admission.settle unless admission.era == @session.era

      give_back(admission)
      @session.flush_due if @session.due?(Clock.now)
    end

    # Moves all that was counted to the queue. The ledger must be held.
    def drain
      # A signal handler or finalizer may come here while its own thread is here.
      return if @session.draining

      begin
        @session.draining = true
        @fast = NOTHING
        @session.told(self)
        @retired.each { |generation, _| drain_successes(generation) }
        drain_successes(@current) if @current
        @denials.drain(@session.reports) { |count| Report.new("denied #{name} n=#{count}") }
        now = Clock.now
        @retired = @retired.select { |_, limit| limit > now }
      ensure
        @session.draining = false
      end
      @session.reports.trim
    end

    private

    def look_at(board, now)
      known, place = @spot
      unless known.equal?(board) && (place || now < @look_at)
        place = board.find(name)
        # A name that is not there yet gets its slot when it is asked about.
        @look_at = known.equal?(board) ? now + LOOK_AGAIN : now
        @spot = [board, place].freeze
      end
      place && board.look(place)
    end

    def pass(admission, board, look)
      generation = see(look.generation, look.now)
      known, place = @spot
      # With a batch under way and all else as it should be, the next calls need not come here.
      if known.equal?(board) && place && look.now - generation.since >= UNBATCHED && @session.counting?(self)
        limit = [@session.due - Clock::MILLISECOND, look.heartbeat + Board::FRESH].min
        @fast = [board.words, place, look.lower, look.heartbeat, limit, generation].freeze
      end
      admission.grant(look.now, generation.era, generation)
    end

    def ask(admission, lease)
      era = @session.era
      decision = @session.ask(name, lease) do |answer|
        grant(admission, era, answer) unless answer.reason
        answer
      end
      raise DeniedCall.new(decision.reason, decision.retry_after, name) if decision.reason
    rescue Unavailable => error
      admit_without(admission, error)
    end

    def grant(admission, era, decision)
      now = Clock.now
      see(decision.generation, now, tells: false) if decision.token
      token = decision.token
      place = @session.place(returned(token), era) if decision.holds_permit?
      admission.grant(now, era, nil, token: token, place: place)
    end

    def give_back(admission)
      return admission.settle unless admission.holds_permit?

      report = returned(admission.token)
      @session.ledger.hold { @session.reports.push(report) && admission.settle unless admission.settled? }
      @session.send_reports
    end

    def returned(token) = Report.new("report #{name} ignore #{token}")

    # Decides without the daemon.
    def admit_without(admission, error)
      now = Clock.now
      raise DeniedCall.new("unavailable", nil, name), cause: error if @session.on_unavailable == :deny

      wait = @local && @session.ledger.hold { @local.wait(now) }
      raise DeniedCall.new("local", wait.fdiv(Clock::SECOND), name), cause: error if wait

      # With the last generation known the end can still be told, and is known for stale if the breaker has moved.
      admission.grant(now, @session.era, nil, token: @current&.token)
    end

    def see(number, now, tells: true)
      current = @current
      return current if current&.number == number

      @session.ledger.hold do
        current = @current
        next if current&.number == number

        drain
        @retired += [[current, now + RETIRED]] if current
        @current = current = Generation.new(number, now, @session.era)
      end
      @session.send_reports if tells
      current
    end

    def must_be_told?(generation, started, now)
      board, place = @spot
      slow = place ? board.slow_ms(place) : 0
      return true if slow.positive? && (now - started) / Clock::MILLISECOND >= slow
      return true unless generation.equal?(@current)

      # While reports wait, one more for each success would only push others out.
      now - generation.since < UNBATCHED && !@session.backlog?
    end

    def tell(outcome, admission, error_class = nil)
      now = Clock.now
      return admission.settle if admission.settled? || admission.era != @session.era

      token = admission.generation ? admission.generation.token : admission.token
      text = +"report #{name} #{outcome}"
      text << " #{token} ms=#{(now - admission.started) / Clock::MILLISECOND}" if token
      text << " err=#{error_class}" if error_class && !error_class.empty?
      @session.ledger.hold { enqueue(outcome, text, admission, now, token) unless admission.settled? }
      @session.send_reports if token
      # What other breakers have counted.
      @session.flush_due if @session.due?(now)
    end

    def enqueue(outcome, text, admission, now, token)
      failed = outcome == "fail"
      if token
        drain
        report = Report.new(text, now, false, failed ? nil : @failed_at)
        @session.reports.push(report) && admission.settle
        @session.reports.trim
      else
        admission.settle
      end
      failed ? @local&.failed(now) : @local&.succeeded
      @failed_at = now if failed
    end

    def count_denial(now)
      @session.ledger.hold do
        @session.statistics.denied_locally += 1
        @denials.step
        @session.counting(self, now)
      end
    end

    def drain_successes(generation)
      generation.drain(@session.reports) do |count|
        Report.new("report #{name} ok #{generation.token} n=#{count}", generation.newest, true, @failed_at)
      end
    end
  end
  private_constant :State
end
