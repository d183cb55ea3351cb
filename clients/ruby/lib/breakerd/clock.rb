# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # The monotonic clock, in nanoseconds.
  module Clock
    MILLISECOND = 1_000_000
    SECOND = 1_000_000_000
    # Later than any time; a small integer, which takes no allocation.
    NEVER = (1 << 62) - 1

    # A year, in seconds: no time that a program says is longer.
    LONGEST = 31_536_000

    # Whether a program may say that something is to last so many seconds.
    def self.time?(seconds) = seconds.is_a?(Numeric) && seconds.positive? && seconds <= LONGEST

    # What a program has said in seconds; what is longer is cut. Waiting takes no number of any size.
    def self.nanoseconds(seconds) = ([seconds, LONGEST].min * SECOND).to_i

    def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  end
  private_constant :Clock
end
