# frozen_string_literal: true

module Breakerd
  # Both locks may be taken anywhere: in signal handlers and finalizers, where Ruby forbids Mutex#lock but not
  # Mutex#try_lock, and where the own thread may hold them already; and whatever another thread raises in a holder, they
  # are given back.

  # @!visibility private
  # Held to count, and to queue what was counted; never while anything is waited for. Who holds it may hold it again.
  class Ledger
    def initialize
      @mutex = Mutex.new
    end

    def hold
      return yield if @mutex.owned?

      begin
        acquire
        yield
      ensure
        @mutex.unlock if @mutex.owned?
      end
    end

    private

    def acquire
      @mutex.lock
    rescue ThreadError
      # A signal handler. Whoever holds the ledger waits for nothing but its turn.
      Thread.pass until @mutex.try_lock
    end
  end

  # @!visibility private
  # A lock that is waited for no longer than one says, and not at all by its holder.
  class TimedLock
    # Who leaves the lock in a signal handler cannot wake those who wait; they look so often themselves, in nanoseconds.
    SLICE = 10 * Clock::MILLISECOND

    def initialize
      @mutex = Mutex.new
      @gate = Mutex.new
      @freed = ConditionVariable.new
      @waiting = 0
    end

    # Yields with the lock held, and returns what the block returns; nil, without yielding: it was not free within +wait+
    # nanoseconds, or is held by the caller.
    def hold(wait = 0)
      return if @mutex.owned?

      begin
        yield if @mutex.try_lock || (wait.positive? && await(wait))
      ensure
        @mutex.unlock if @mutex.owned?
        wake if @waiting.positive?
      end
    end

    private

    def await(wait)
      limit = Clock.now + wait
      @gate.synchronize do
        @waiting += 1
        begin
          until @mutex.try_lock
            left = limit - Clock.now
            return false if left <= 0

            @freed.wait(@gate, [left, SLICE].min.fdiv(Clock::SECOND))
          end
        ensure
          @waiting -= 1
        end
      end
      true
    rescue ThreadError
      false
    end

    def wake
      @gate.synchronize { @freed.signal }
    rescue ThreadError
      nil
    end
  end
  private_constant :Ledger, :TimedLock
end
