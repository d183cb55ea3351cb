#!/usr/bin/env ruby
# frozen_string_literal: true

# The driver of this client for the suite of all clients, clients/conformance.

require_relative "tests/library"

# What the program said not to count.
class NotCounted < StandardError
end

# Keeps what the client logs.
class Lines
  def initialize
    @lines = []
  end

  def warn(text) = @lines.push(text)

  def error(text) = @lines.push(text)

  def take = @lines.shift(@lines.size)
end

# Does what it reads on standard input.
class Driver
  COUNTS = %i[requests unavailable timeouts connections boards denied_locally reports_sent reports_refused
              reports_dropped].freeze
  CLOCK = Process::CLOCK_MONOTONIC

  def initialize
    @inherited = inheritable
    @log = Lines.new
    @permits = {}
    @last_permit = 0
    @deadline = 0.05
  end

  def run
    while (line = read_line)
      command, *words = line.split
      return if command == "leave"
      break if command == "exit"
      next unless command

      answer(obey(command, words))
    end
    @client&.close
  end

  private

  # Byte by byte: a child goes on where its parent has stopped.
  def read_line
    line = +""
    until (byte = $stdin.sysread(1)) == "\n"
      line << byte
    end
    line
  rescue EOFError
    line.empty? ? nil : line
  end

  def answer(text)
    $stdout.syswrite("#{text}\n")
  end

  def obey(command, words)
    options, words = words.partition { |word| word.include?("=") && command != "run" }
    options = options.to_h { |option| option.split("=", 2) }
    send("do_#{command}", *words, **options.transform_keys(&:to_sym))
  rescue Breakerd::InvalidName
    "error name"
  rescue Breakerd::Error, StandardError => error
    "raised #{error.class} #{error.message}".tr("\n", " ")
  end

  def do_new(socket: nil, name: nil, deadline_ms: nil, flush_ms: nil, on: "allow", failures: nil, open_ms: nil, board: "yes")
    @client&.close
    @client = nil
    @permits = {}
    @last_permit = 0
    options = { socket_path: socket, name: name, use_board: board == "yes", logger: @log }
    options[:deadline] = deadline_ms.to_f / 1000 if deadline_ms
    options[:flush_interval] = flush_ms.to_f / 1000 if flush_ms
    rule = { failures: failures&.to_i, duration: open_ms && open_ms.to_f / 1000 }.compact
    options[:on_unavailable] = on == "local" ? Breakerd::Local.new(**rule) : on.to_sym
    @client = Breakerd::Client.new(**options)
    @deadline = options.fetch(:deadline, 0.05)
    "ok"
  rescue ArgumentError
    "error option"
  end

  def do_call(name, outcome, class: nil, work_ms: "0", lease_ms: nil)
    word = binding.local_variable_get(:class)
    given = Object.new
    raised = error_of(outcome, word)
    ran = false
    begin
      returned = breaker(name).call(lease: seconds(lease_ms)) do
        ran = true
        sleep(work_ms.to_f / 1000) if work_ms != "0"
        raise raised if raised

        given
      end
    rescue Breakerd::Denied => denied
      return "denied #{denied.reason} #{retry_of(denied)}"
    rescue StandardError => error
      raise if raised.nil? || !ran
    end
    return "allowed" if ran && (raised ? error.equal?(raised) : returned.equal?(given))

    "raised what came out of the call was changed"
  end

  def do_allow(name, lease_ms: nil)
    permit = breaker(name).permit(lease: seconds(lease_ms))
    @permits[@last_permit += 1] = permit
    "allow #{@last_permit}"
  rescue Breakerd::Denied => denied
    "deny #{denied.reason} #{retry_of(denied)}"
  end

  def do_report(number, outcome, class: nil)
    permit = @permits.fetch(number.to_i)
    case outcome
    when "ok" then permit.ok
    when "fail" then permit.fail(binding.local_variable_get(:class))
    when "ignore" then permit.ignore
    end
    "ok"
  end

  # Ruby notices when it collects the permit, and the client when it is next used.
  def do_drop(number)
    forget(number.to_i)
    overwrite_stack
    4.times { GC.start }
    @client.flush
    "ok"
  end

  def do_run(name, count, outcome)
    measure { |calls| count.to_i.times { calls.one(breaker(name), outcome) } }
  end

  def do_spin(name, milliseconds, outcome)
    limit = now + milliseconds.to_f / 1000
    measure do |calls|
      while now < limit
        calls.one(breaker(name), outcome)
        sleep 0.001
      end
    end
  end

  def do_flush
    @client.flush
    "ok"
  end

  def do_counts
    statistics = @client.statistics
    COUNTS.map { |count| "#{count}=#{statistics[count]}" }.join(" ")
  end

  def do_log
    lines = @log.take
    lines.empty? ? "-" : lines.join("|")
  end

  def do_inherited = (inheritable - @inherited).to_s

  def do_pid = Process.pid.to_s

  def do_fork
    child = fork
    return "child" unless child

    Process.wait(child)
    "parent"
  end

  def do_close
    @client.close
    "ok"
  end

  def breaker(name) = @client.breaker(name, exclude: NotCounted)

  def seconds(milliseconds) = milliseconds && milliseconds.to_f / 1000

  def retry_of(denied) = "retry_ms=#{denied.retry_after ? (denied.retry_after * 1000).round : -1}"

  # What the block of a call raises; nil: nothing.
  def error_of(outcome, word = nil)
    case outcome
    when "fail" then (word ? Class.new(StandardError) { define_singleton_method(:name) { word } } : IOError).new("fail")
    when "ignore" then NotCounted.new("ignore")
    end
  end

  def forget(number)
    @permits.delete(number)
    nil
  end

  # The collector takes for a reference what still lies on the stack.
  def overwrite_stack(depth = 100)
    depth.zero? ? nil : overwrite_stack(depth - 1)
  end

  def measure
    calls = Calls.new(@deadline + 0.02, method(:error_of))
    yield calls
    calls.to_s
  end

  def now = Process.clock_gettime(CLOCK)

  def inheritable
    Dir.children("/proc/self/fd").map(&:to_i).count do |number|
      number > 2 && File.read("/proc/self/fdinfo/#{number}")[/^flags:\s*(\d+)/, 1].to_i(8) & 0o2000000 == 0
    rescue SystemCallError
      false
    end
  end

  # Counts what becomes of many calls.
  class Calls
    def initialize(limit, error_of)
      @limit = limit
      @error_of = error_of
      @allowed = @denied = @errors = @late = 0
      @longest = 0.0
    end

    def one(breaker, outcome)
      error = @error_of.call(outcome)
      begin
        started = Process.clock_gettime(CLOCK)
        breaker.call { error && raise(error) }
        @allowed += 1
      rescue Breakerd::Denied
        @denied += 1
      rescue StandardError => raised
        raised.equal?(error) ? @allowed += 1 : @errors += 1
      ensure
        spent = Process.clock_gettime(CLOCK) - started
        @late += 1 if spent > @limit
        @longest = spent if spent > @longest
      end
    end

    def to_s
      "allowed=#{@allowed} denied=#{@denied} errors=#{@errors} late=#{@late} longest_us=#{(@longest * 1_000_000).round}"
    end
  end
end

# Held until the end of the program.
DRIVER = Driver.new
DRIVER.run
