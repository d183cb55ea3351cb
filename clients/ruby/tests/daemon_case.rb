# frozen_string_literal: true

require_relative "support"

# A real breakerd.
class Daemon
  PROGRAM = File.expand_path(ENV.fetch("BREAKERD_BIN", File.expand_path("../../../.build/debug/breakerd", __dir__)))

  attr_reader :socket

  def initialize(test, *options)
    @log = test.path("log")
    @socket = test.path("breakerd.sock")
    @admin = test.path("admin.sock")
    @command = [PROGRAM, "--socket", @socket, "--admin-socket", @admin, "--state", test.path("db"), *options]
    test.cleanup { kill }
    start
  end

  def start
    @pid = spawn(*@command, err: [@log, "a"], in: File::NULL)
    return if eventually { ended? || answers? } && @pid

    raise "breakerd did not start: #{File.read(@log)}"
  end

  def signal(name) = Process.kill(name, @pid)

  def kill = end_by(:KILL)

  def stop = end_by(:TERM)

  # The answer to one line; of a list, all of it.
  def ask(line)
    UNIXSocket.open(@admin) do |connection|
      connection.write("#{line}\n")
      connection.close_write
      connection.read.chomp
    end
  end

  # The numbers of a breaker.
  def show(name) = ask("show #{name}").split.grep(/=/).to_h { |word| word.split("=", 2) }

  private

  def answers?
    ask("ping") == "+ok pong"
  rescue SystemCallError
    false
  end

  def ended?
    @pid = nil if Process.wait(@pid, Process::WNOHANG)
    @pid.nil?
  end

  def end_by(name)
    return unless @pid

    signal(name)
    Process.wait(@pid)
    @pid = nil
  end
end

# A real daemon, and clients that never pass for want of an answer.
class DaemonCase < Case
  NEVER_TRIPS = ["--default", "trip.consecutive_failures=1000000"].freeze
  DAEMON_OPTIONS = [].freeze

  def setup
    super
    skip("#{Daemon::PROGRAM} is not built") unless File.executable?(Daemon::PROGRAM)
    @daemon = Daemon.new(self, *self.class::DAEMON_OPTIONS)
  end

  def client(path, on_unavailable: :deny, **options) = super

  def breaker(name = "api", **options) = client(@daemon.socket, **options).breaker(name)

  # Spares a test the second of a generation in which nothing is batched.
  def batch_at_once
    state = Case.internal(:State)
    before = state::UNBATCHED
    replace(state, 0)
    cleanup { replace(state, before) }
  end

  def fail_call(api, error = IOError)
    assert_raises(error) { api.call { raise error } }
  end

  # Whether the daemon comes to show these numbers.
  def shows?(name = "api", **numbers)
    eventually { numbers.all? { |key, number| @daemon.show(name)[key.to_s] == number.to_s } }
  end

  def assert_denied(api, *reasons)
    denied = assert_raises(Breakerd::Denied) { api.call { nil } }
    assert_includes(reasons, denied.reason)
    denied
  end

  private

  def replace(state, value)
    state.send(:remove_const, :UNBATCHED)
    state.const_set(:UNBATCHED, value)
  end
end
