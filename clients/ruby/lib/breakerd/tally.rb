# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # How often something has happened. Threads may count at once without a lock: Ruby changes threads, and lets signal
  # handlers and Thread#raise in, where a method returns or a branch is taken, and neither lies between the reading and
  # the writing of <tt>@steps += 1</tt>.
  class Tally
    def initialize
      @steps = 0
      @taken = 0
    end

    # Counts one.
    def step
      @steps += 1
    end

    # Moves what was counted to a queue, as the reports that the block makes of a count. One at a time does so. The two
    # steps that move a count are not interrupted, for the same reason.
    def drain(queue)
      while (count = [@steps - @taken, Protocol::LARGEST_COUNT].min).positive?
        report = yield count
        @taken += count
        queue.push(report)
      end
    end
  end

  # @!visibility private
  # What this process has seen of one generation of a breaker, and its successes that are not told yet.
  class Generation < Tally
    attr_reader :number, :since, :era, :token, :newest

    # +since+: when it was first seen here. +era+: the session's at that time.
    def initialize(number, since, era)
      super()
      @number = number
      @since = since
      @era = era
      @token = number.to_s.freeze
      # When the newest of the successes ended.
      @newest = since
    end

    # A call has ended well at this time.
    def succeeded(now)
      @newest = now
      @steps += 1
    end
  end
  private_constant :Tally, :Generation
end
