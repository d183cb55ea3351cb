# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # The monotonic clock, in nanoseconds.
  module Clock
    MILLISECOND = 1_000_000
    SECOND = 1_000_000_000
    # Later than any time; a small integer, which takes no allocation.
    NEVER = (1 << 62) - 1

    # The longest time that a program may say, in seconds; what is longer is cut to it. Waiting takes no number of any size.
    LONGEST = 1_000_000_000

    # What a program has said in seconds.
    def self.nanoseconds(seconds) = ([seconds, LONGEST].min * SECOND).to_i

    def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  end
  private_constant :Clock
end
