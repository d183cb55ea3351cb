# frozen_string_literal: true

module Breakerd
  # How much later a daemon may take a failure up, as a rule, in nanoseconds.
  LAG = 10 * Clock::MILLISECOND
  # @!visibility private
  # A quiet request, but for its tag. +text+: verb, name, outcome and options. +ended+: when what it tells of has ended;
  # nil: it has no age. +batch+: whether it tells of several ends, the newest of which is +ended+; then its age is never
  # rounded to nothing. +after+: when the same breaker last failed in this process; a success that came after it must not
  # seem to come before it, by rounding or because a busy daemon took the failure up a little later: it ends the run of
  # failures. Times are in nanoseconds.
  Report = Struct.new(:text, :ended, :batch, :after) do
    # The line that tells it at +now+.
    def line(tag, now)
      age = age_at(now)
      age.positive? ? "@#{tag} #{text} age=#{age} quiet\n" : "@#{tag} #{text} quiet\n"
    end

    private

    def age_at(now)
      return 0 unless ended && (batch || now - ended >= Clock::MILLISECOND)

      age = -((ended - now) / Clock::MILLISECOND)
      after ? [age, (now - after - LAG) / Clock::MILLISECOND].min : age
    end
  end

  # @!visibility private
  # What is to be told to the daemon, until it is told. An array's methods are whole whatever interrupts the thread.
  class Reports
    # The most that wait.
    MOST = 1_000

    def initialize(statistics)
      @statistics = statistics
      @waiting = []
      @most = MOST
    end

    # Puts one behind all that wait. It is one step, which nothing interrupts.
    def push(report) = @waiting.push(report)

    # Drops the oldest of those that are too many.
    def trim
      @statistics.reports_dropped += 1 while @waiting.size > @most && @waiting.shift
    end

    # Whatever the block puts behind is kept, however many they are.
    def unbounded
      most = @most
      @most = Float::INFINITY
      yield
    ensure
      @most = most
    end

    # Nothing is kept any more.
    def close
      @most = 0
      trim
    end

    # Takes the oldest, so many at most.
    def take(count) = @waiting.shift(count)

    # Puts back what was taken and not told.
    def put_back(reports) = @waiting.unshift(*reports)

    def size = @waiting.size

    def empty? = @waiting.empty?
  end
  private_constant :LAG, :Report, :Reports
end
