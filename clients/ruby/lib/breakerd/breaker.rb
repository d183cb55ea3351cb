# frozen_string_literal: true

module Breakerd
  # One breaker of the host, as a program uses it. Threads may share it. Made by {Client#breaker}.
  #
  # What counts as a failure: a +StandardError+ that leaves the block, unless the breaker was told otherwise, and a
  # +Timeout.timeout+ around the call that cuts it short. Other exceptions (+Interrupt+, +SystemExit+, +NoMemoryError+, a
  # task or thread that is ended) say nothing about the dependency. A block that is left by +next+, +break+, +return+ or
  # +throw+ has succeeded: it came back by the program's own will.
  class Breaker
    # @!visibility private
    def initialize(client, state, exclude, failure)
      # Keeps the client alive, which closes when it is collected.
      @client = client
      @state = state
      @exclude = exclude
      @failure = failure
    end

    # @return [String]
    def name = @state.name

    # @return [String]
    def inspect = "#<Breakerd::Breaker #{name}>"

    # Calls the block if the breaker lets it pass, and tells how it ended and how long it took.
    #
    # @param lease [Numeric, nil] how many seconds the call may take at most, see {#permit}
    # @return what the block returns
    # @raise [ArgumentError] the lease is not more than 0 seconds, or more than a year
    # @raise [Denied] it was not called; else what it raises
    def call(lease: nil, &block)
      Protocol.check_lease(lease) if lease
      fast = @state.fast
      started = State.started(fast)
      return guarded(lease, &block) unless started

      begin
        result = yield
        now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
        if now - started < Clock::MILLISECOND
          started = nil
          fast.last.succeeded(now)
        end
        result
      rescue Exception => error # rubocop:disable Lint/RescueException -- raised again
        raise
      ensure
        settle(Admission.quick(started, fast.last), error) if started
      end
    end

    # Asks whether a call may be made, for callers that tell its end themselves.
    #
    # @param lease [Numeric, nil] how many seconds the call may take at most, if not what the breaker's policy says. It
    #   matters where the daemon keeps a place for the call, as for a probe: not settled by then, a probe has failed.
    # @return [Permit]
    # @raise [ArgumentError] the lease is not more than 0 seconds, or more than a year
    # @raise [Denied] do not make the call
    def permit(lease: nil)
      Protocol.check_lease(lease) if lease
      fast = @state.fast
      started = State.started(fast)
      return Permit.new(self, @state, Admission.quick(started, fast.last)) if started

      admission = Admission.new
      @state.admit(admission, lease)
      Permit.new(self, @state, admission)
    end

    # @!visibility private
    # The block of a call was left: by an exception, or without one.
    def settle(admission, error)
      error = error ? Unwinding.seen(error) : Unwinding.cause
      return @state.succeeded(admission) unless error

      is_failure = true
      begin
        is_failure = failure?(error)
      ensure
        is_failure ? @state.failed(admission, Protocol.word(error.class.name.to_s)) : @state.ignored(admission)
      end
    end

    private

    def guarded(lease)
      admission = Admission.new
      begin
        @state.admit(admission, lease)
        entered = true
        result = yield
        @state.succeeded(admission)
        result
      rescue Exception => error # rubocop:disable Lint/RescueException -- raised again
        raise
      ensure
        if admission.granted? && !admission.settled?
          entered ? settle(admission, error) : @state.ignored(admission)
        end
      end
    end

    def failure?(error)
      return false unless error.is_a?(StandardError)
      return false if @exclude.any? { |kind| kind === error }

      @failure.nil? || !!@failure.call(error)
    end
  end

  # Leave to make one call. Tell its end by {#ok}, {#fail} or {#ignore}: the first of them counts, the others do nothing.
  #
  # The time from the permit to its end is told as the call's duration. A permit that is let go without an end counts as
  # ignored, and its place is given back when Ruby has collected it and the client is next used. After a fork, the
  # parent's permits mean nothing in the child.
  class Permit
    # @!visibility private
    def initialize(breaker, state, admission)
      @breaker = breaker
      @state = state
      @admission = admission
    end

    # @return [String] the breaker's name
    def name = @state.name

    # The call worked.
    #
    # @return [nil]
    def ok
      @state.succeeded(@admission) unless @admission.settled?
      nil
    end

    # The call failed, in a way that speaks against the dependency.
    #
    # @param cause [Exception, Class, String, Symbol, nil] what is told as the class of the failure
    # @return [nil]
    def fail(cause = nil)
      @state.failed(@admission, error_class(cause)) unless @admission.settled?
      nil
    end

    # The call says nothing about the dependency: it was cancelled, or was wrong itself.
    #
    # @return [nil]
    def ignore
      @state.ignored(@admission)
      nil
    end

    # The call ended with this exception, or without one: which of the three that is, the breaker's +exclude+ and
    # +failure+ say.
    #
    # @param error [Exception, nil]
    # @return [nil]
    def settle(error = nil)
      return if @admission.settled?

      error ? @breaker.settle(@admission, error) : ok
      nil
    end

    private

    def error_class(cause)
      case cause
      when nil then nil
      when String, Symbol then Protocol.word(cause.to_s)
      when Class then Protocol.word(cause.name.to_s)
      else Protocol.word(cause.class.name.to_s)
      end
    end
  end
end
