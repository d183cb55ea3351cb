# frozen_string_literal: true

# What the tests share: where the client is, a directory, a clock, and processes of their own.

require_relative "library"
require "fileutils"
require "minitest/autorun"
require "minitest/mock"
require "tmpdir"

MILLISECOND = 1_000_000
SECOND = 1_000_000_000

# Stands still, unless it is told to go on.
class StandingClock
  attr_accessor :now

  class << self
    attr_accessor :current
  end

  # Before the method of Process.
  module Reading
    def clock_gettime(clock, unit = :float_second)
      standing = StandingClock.current
      standing && unit == :nanosecond && clock == Process::CLOCK_MONOTONIC ? standing.now : super
    end
  end
  Process.singleton_class.prepend(Reading)

  def initialize
    @now = 1_000_000 * SECOND
  end

  def advance(seconds)
    @now += (seconds * SECOND).round
  end
end

# Waits until the block is true; false: it was not, in so many seconds.
def eventually(within = 20)
  limit = Time.now + within
  until yield
    return false if Time.now > limit

    sleep 0.002
  end
  true
end

# A test with a directory of its own.
class Case < Minitest::Test
  # The parts of the library that no program sees.
  def self.internal(name) = Breakerd.const_get(name, true)

  def setup
    @directory = Dir.mktmpdir("breakerd-")
    @cleanups = [-> { FileUtils.rm_rf(@directory) }]
  end

  def teardown
    # Else what is waited for at the end would be waited for without end.
    StandingClock.current = nil
    @cleanups.reverse_each(&:call)
  end

  def cleanup(&block) = @cleanups.push(block)

  def path(name) = File.join(@directory, name)

  # A client with a deadline that also a busy machine keeps.
  def client(path, deadline: 10, logger: nil, **options)
    client = Breakerd::Client.new(socket_path: path, deadline: deadline, logger: logger, **options)
    cleanup { client.close }
    client
  end

  # Runs it in a forked child, which ends with it.
  def in_child(&block) = Child.new(self, block).join

  # A clock for all clients of this process, until the test ends.
  def clock = StandingClock.current = StandingClock.new

  # What lies behind a client.
  def session(client) = client.instance_variable_get(:@session)

  def connection(client) = session(client).instance_variable_get(:@connection)

  def state(breaker) = breaker.instance_variable_get(:@state)
end

# A process that does one thing, well if the block raises nothing.
class Child
  def initialize(test, block)
    @test = test
    @pid = fork do
      block.call
      exit!(0)
    rescue Exception => error # rubocop:disable Lint/RescueException -- the child ends
      warn error.full_message
      exit!(1)
    end
    test.cleanup { kill }
  end

  # Waits for its end, which must be a good one.
  def join
    status = nil
    @test.assert(eventually { status = Process.wait2(@pid, Process::WNOHANG)&.last }, "it hangs")
    @pid = nil
    @test.assert(status.success?, "the child failed")
  end

  def kill
    return unless @pid

    Process.kill(:KILL, @pid)
    Process.wait(@pid)
    @pid = nil
  end
end
