# frozen_string_literal: true

module Breakerd
  # What calls go by while the daemon cannot be asked: so many failures in a row of one breaker in this process refuse its
  # calls for a time; then one call in each such time passes, until one succeeds.
  class Local
    # @return [Integer]
    attr_reader :failures
    # @return [Numeric] seconds
    attr_reader :duration

    # @param failures [Integer] 1 or more
    # @param duration [Numeric] seconds, more than 0, a year at most
    # @raise [ArgumentError]
    def initialize(failures: 5, duration: 30.0)
      unless failures.is_a?(Integer) && failures >= 1 && Clock.time?(duration)
        raise ArgumentError, "failures must be 1 or more, and duration more than 0 seconds and a year at most"
      end

      @failures = failures
      @duration = duration
      freeze
    end

    # @return [String]
    def to_s = format("local, %d failures, %g s", failures, duration)
  end

  # @!visibility private
  # The state that {Local} describes. Times are in nanoseconds.
  class LocalBreaker
    def initialize(rule)
      @failures = rule.failures
      @duration = Clock.nanoseconds(rule.duration)
      @run = 0
      @next_call = 0
    end

    # How long calls are refused yet; nil: this one passes.
    def wait(now)
      return if @run < @failures
      return @next_call - now if now < @next_call

      @next_call = now + @duration
      nil
    end

    def succeeded
      @run = 0
    end

    def failed(now)
      @run = [@run + 1, @failures].min
      @next_call = now + @duration if @run >= @failures
    end
  end
  private_constant :LocalBreaker
end
