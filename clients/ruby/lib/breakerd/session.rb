# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # What the breakers of one client share. It knows nothing of the {Client}, so that one that is let go can be collected.
  class Session
    # More names than this are not remembered: each of their handles counts alone.
    REMEMBERED = 10_000
    # A board that cannot be used is opened again after so long.
    REOPEN = Clock::SECOND
    # So many breakers are told of together, so often in one call.
    AT_ONCE = 64
    TURNS = 16

    attr_reader :on_unavailable, :ledger, :reports, :due
    # How many forks lie between the making of this session and this process.
    attr_reader :era
    attr_accessor :draining

    # Times are in nanoseconds.
    def initialize(socket_path:, deadline:, on_unavailable:, name:, use_board:, flush_interval:, logger:)
      @socket_path = socket_path
      @deadline = deadline
      @on_unavailable = on_unavailable
      @use_board = use_board
      @flush_interval = flush_interval
      @logger = logger
      told_name = Protocol.word(name.to_s)
      @hello = "hello 1 client=ruby/#{VERSION} bound=yes#{" name=#{told_name}" unless told_name.empty?}"
      @states = {}
      @era = 0
      @closed = false
      start
      Processes.add(self)
    end

    # The state of a breaker.
    def state(name)
      @ledger.hold do
        @states[name] || begin
          state = State.new(self, name)
          @states[name] = state if @states.size < REMEMBERED
          state
        end
      end
    end

    # What was done so far. The original, which goes on counting.
    attr_reader :statistics

    def flush
      @ledger.hold { count_all }
      flush_due
    end

    # Closes for good, waiting +wait+ nanoseconds at most. It may be called by a finalizer.
    def close(wait = @deadline)
      return if @closed

      @closed = true
      Processes.remove(self)
      @board = nil
      hang_up(wait, for_good: true)
    end

    # Tells what was counted, and gives the connection up; a later call makes another. At the end of the process, where
    # other handlers of that end may yet make calls.
    def rest = hang_up(@deadline, for_good: false)

    # After a fork, in the child.
    def forked
      @era += 1
      states = @states.values | @counting.keys
      abandoned = @connection
      start
      states.each(&:reset)
      abandoned.abandon
    end

    # For the breakers

    # Asks over the socket; returns what the block makes of the {Protocol::Decision}.
    #
    # @raise [Unavailable]
    def ask(name, lease)
      request = "allow #{name}"
      request += " lease=#{[(lease * 1000).to_i, 1].max}ms" if lease
      answer = @connection.ask(request) do |text|
        decision = Protocol.decision(text.delete_prefix("+")) if text.start_with?("+")
        decision ? yield(decision) : text
      end
      return answer unless answer.is_a?(String)

      error = Unavailable.new("refused", "breakerd refused: #{Protocol.text(answer[1..])}")
      @connection.complain(error)
      raise error
    end

    # A place that the daemon keeps, and how to give it back if its call is forgotten.
    def place(report, era) = Place.new(report, era, @abandoned)

    def send_reports = @connection.send_reports

    # Whether reports wait, because there is no connection or no room.
    def backlog? = !@reports.empty?

    # Whether there is something to tell at this time.
    def due?(now) = now >= @due || !@abandoned.empty?

    # Tells what was counted, of any breaker, as far as there is room. What there is no room for stays counted.
    def flush_due
      give_back unless @abandoned.empty?
      send_reports
      # Not those of very many breakers in one call; the next one goes on.
      TURNS.times do
        @ledger.hold do
          return if @counting.empty? || backlog? || @draining

          @counting.keys.first(AT_ONCE).each(&:drain)
        end
        send_reports
      end
    end

    # It has counted what is not told yet. The ledger must be held, here and below.
    def counting(state, now)
      @due = now + @flush_interval if @counting.empty?
      @counting[state] = true
    end

    # Whether it has counted what is not told yet.
    def counting?(state) = @counting.key?(state)

    # All that it had counted is queued.
    def told(state)
      @counting.delete(state)
      @due = Clock::NEVER if @counting.empty?
    end

    # The board

    # The board, opened again if that is due; nil: there is none to go by.
    def board(now)
      open_board(now) if @board.nil? && @board_path && now >= @reopen_at && !@closed
      @board
    end

    # It may not be decided by any more.
    def board_is_gone(board)
      @board = nil if @board.equal?(board)
    end

    private

    def start
      @ledger = Ledger.new
      @draining = false
      @statistics = Statistics.new
      @reports = Reports.new(@statistics)
      # Places whose calls were forgotten. Finalizers add to it, at any time.
      @abandoned = []
      # When what was counted is to be told.
      @due = Clock::NEVER
      # The breakers that have counted what is not told yet; who began first comes first.
      @counting = {}.compare_by_identity
      @board = @board_path = @board_owner = @epoch = nil
      @reopen_at = 0
      @connection = connection
      @connection.close(0) if @closed
    end

    def connection
      Connection.new(
        socket_path: -> { @socket_path || Paths.default_socket }, hello: @hello, deadline: @deadline,
        complaints: Complaints.new(@logger, @on_unavailable), statistics: @statistics, reports: @reports,
        greeted: method(:greeted)
      )
    end

    def count_all
      # Also breakers that seem to have nothing: a thread may have counted just after the last time.
      @states.each_value { |state| @counting[state] ||= true }
    end

    def hang_up(wait, for_good:)
      @ledger.hold do
        give_back
        count_all
        # This is the last time, so these are not too many, however many they are.
        @reports.unbounded { @counting.keys.each(&:drain) }
      end
      @connection.close(wait, for_good: for_good)
    end

    def give_back
      while (place = @abandoned.shift)
        @reports.push(place.report) if place.era == @era
      end
      @reports.trim
    end

    def greeted(path, epoch, owner)
      @board_path = path if @use_board && path&.start_with?("/")
      @board_owner = owner
      @epoch = epoch&.match?(/\A[0-9a-fA-F]{1,16}\z/) ? epoch.hex : nil
      @board = nil
      open_board(Clock.now) if @board_path
    end

    def open_board(now)
      @reopen_at = now + REOPEN
      @board = Board.new(@board_path, @board_owner, @epoch)
      @statistics.boards += 1
    rescue SystemCallError, IOError, ArgumentError, Board::Unreadable
      # Who may use the socket but not the board misses speed only.
      nil
    end
  end
  private_constant :Session
end
