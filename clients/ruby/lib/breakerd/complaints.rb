# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # What the program's log hears of the connection: a line a minute of each kind at most, with what to do.
  #
  # Lines are kept until {#write}, since a log may be slow, or be guarded itself.
  class Complaints
    INTERVAL = 60 * Clock::SECOND
    OUTCOMES = { allow: "calls are not guarded", deny: "calls are refused" }.freeze
    # Kept while no line may be written, as in a signal handler.
    MOST = 16

    def initialize(logger, on_unavailable)
      @logger = logger
      @on_unavailable = on_unavailable
      @outcome = OUTCOMES.fetch(on_unavailable, "each process guards its calls alone")
      @last = {}
      @lines = []
      @writing = Mutex.new
    end

    # A call was not answered.
    def unavailable(error, path)
      case error.reason
      when "closed" then return
      when "not-permitted" then add(:not_permitted, :error) { not_permitted(path) }
      # It was asked, and what it said of that is to be seen nowhere else.
      when "refused" then add(:call_refused, :warn) { "#{consequence}, since #{error.message}" }
      else add(:unavailable, :warn) { "breakerd cannot be asked, so #{consequence}: #{error.message}" }
      end
      write
    end

    # The daemon refused a report.
    def refused(line)
      add(:refused, :warn) { "breakerd refused a report: #{Protocol.text(line)}" }
    end

    # Writes what was kept. No lock may be held.
    def write
      return if @lines.empty? || @writing.owned?

      @writing.synchronize do
        while (level, text = @lines.shift)
          say(level, text)
        end
      end
    rescue ThreadError
      # A signal handler may not lock, nor may the log in it; whoever comes next writes.
    end

    private

    # A log that fails is no fault of the call.
    def say(level, text)
      @logger&.public_send(level, text)
    rescue StandardError
      nil
    end

    def consequence = "#{@outcome} (on_unavailable=#{@on_unavailable})"

    # No look-up of names here: they may come over a network, and a call waits.
    def not_permitted(path)
      uid = Process.euid
      "No permission to open breakerd's socket #{path} as uid #{uid}, so #{consequence}. To mend it: " \
        "usermod -aG \"$(stat -c %G #{path})\" \"$(id -nu #{uid})\", then log in or start anew"
    end

    def add(kind, level)
      now = Clock.now
      last = @last[kind]
      return if last && now - last < INTERVAL

      @last[kind] = now
      @lines.push([level, yield]) if @lines.size < MOST
    end
  end
  private_constant :Complaints
end
