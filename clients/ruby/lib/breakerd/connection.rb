# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # The socket: opened when it is needed, given up when a reply is late, opened anew after a while.
  #
  # One thread at a time asks. Reports are left in a queue; whoever has the socket sends them, without waiting. So a
  # report never waits for a lock, and may be made anywhere, also in a signal handler.
  class Connection
    FIRST_BACKOFF = 10 * Clock::MILLISECOND
    LONGEST_BACKOFF = Clock::SECOND
    AT_ONCE = 64
    CLOSED = ["closed", "the client was closed"].freeze

    # +deadline+ is in nanoseconds. +greeted+ is told the path of the board, the daemon's epoch and its uid.
    def initialize(socket_path:, hello:, deadline:, complaints:, statistics:, reports:, greeted:)
      @socket_path = socket_path
      @hello = hello
      @deadline = deadline
      @complaints = complaints
      @statistics = statistics
      @reports = reports
      @greeted = greeted
      @lock = TimedLock.new
      # Forked processes must not draw the same numbers, as they do from Kernel#rand.
      @random = Random.new
      @tag = @random.rand(1 << 32)
      @failures = 0
      @retry_at = 0
      @spare_try_at = 0
      @why = CLOSED
      @closed = false
      # Whether something is begun that must come to its end, or else the connection to its.
      @under_way = false
      forget
    end

    # What the block makes of the reply to a request, without its tag. The connection is given up if anything interrupts
    # that: nobody would take the reply, nor give back a permit in it.
    #
    # @raise [Unavailable] none came within the deadline
    def ask(request, &block)
      limit = Clock.now + @deadline
      @statistics.requests += 1
      # While the daemon fails, one call at a time finds that out, and no other waits for it.
      answer = @lock.hold(@failures.positive? ? 0 : @deadline) do
        whole { block.call(exchange(request, limit)) }
      end
      answer || raise(busy)
    rescue Unavailable => error
      complain(error)
      raise
    ensure
      # Others may have left reports meanwhile.
      send_reports
      @complaints.write
    end

    # An answer was as good as none.
    def complain(error)
      @statistics.unavailable += 1
      @complaints.unavailable(error, @socket_path.call)
    end

    # Sends what waits, as far as that is possible without waiting.
    def send_reports
      # Whoever leaves the lock looks again, so nothing is left behind by two that meet here.
      until @reports.empty? && !@under_way
        break unless @lock.hold { whole { @reports.empty? || send_waiting } }
      end
      @complaints.write
    end

    # Sends what waits, tells the daemon that this is all, and waits, +wait+ nanoseconds at most, until it has read it.
    # +for_good+: nothing is sent any more; else a later call connects again.
    def close(wait, for_good: true)
      limit = Clock.now + wait
      @lock.hold(wait) do
        send_last(limit)
        @closed ||= for_good
        finish(limit)
        true
      end
      @complaints.write
      @reports.close if @closed
    end

    # Closes this process's copy of the socket, without a word to the daemon: it is another process's connection.
    def abandon = @wire&.close

    private

    # All that follows is done with the lock held. This gives the connection up if the block ends in another way than by
    # returning or by {Unavailable}; or, if it was struck again before that was done, when the lock is next held.
    def whole
      interrupted if @under_way
      @under_way = true
      result = yield
      @under_way = false
      result
    rescue Unavailable
      @under_way = false
      raise
    ensure
      interrupted if @under_way
    end

    # That says nothing of the daemon, so the next call connects at once. Only if no word has come on this connection yet, it
    # may hang, and whoever is struck by a timeout shorter than ours would find that out again and again.
    def interrupted
      @wire && !@is_greeted ? lose("lost", "a request was interrupted") : drop
      @under_way = false
    end

    def exchange(request, limit)
      raise busy if Clock.now >= limit

      make_ready
      send_until(limit)
      tag = next_tag
      write("@#{tag} #{request}\n", limit)
      @awaited.push(tag)
      @answer = nil
      until @awaited.empty?
        wait(limit)
        receive
      end
      @answer || raise(Unavailable.new(*@why))
    end

    # Connects if need be, and takes what has come.
    def make_ready
      was_good = @wire && @is_greeted
      connect
      receive
    rescue Unavailable
      # The daemon went while nobody looked; it may have been started again long ago. Once a second that is tried at once.
      raise if !was_good || Clock.now < @spare_try_at

      @spare_try_at = Clock.now + LONGEST_BACKOFF
      @retry_at = 0
      connect
    end

    def connect
      return if @wire
      raise Unavailable.new(*@why) if @closed || Clock.now < @retry_at

      path = @socket_path.call
      begin
        @wire = Wire.new(path)
      rescue SystemCallError, ArgumentError => error
        raise failed(*Reasons.of(error, path)), cause: nil
      end
      @statistics.connections += 1
      Processes.close_at_exit
      greet
    end

    def greet
      @is_greeted = false
      tag = next_tag
      @awaited.push(tag)
      # A new socket's buffer has room for it.
      @rest = "@#{tag} #{@hello}\n"
      write_rest
    end

    def next_tag
      @tag = (@tag + 1) & 0xFFFF_FFFF
      @tag.to_s(16)
    end

    # Sends what waits, without waiting; returns whether all is sent.
    def send_waiting
      make_ready
      write_rest && write_reports
    rescue Unavailable
      false
    end

    # The same, with waiting.
    def send_until(limit)
      connect
      until write_rest && write_reports
        wait(limit, for_room: true)
        receive
      end
    end

    def send_last(limit)
      send_until(limit) unless @reports.empty? || @closed
    rescue Unavailable
      nil
    end

    def write_reports
      until @reports.empty?
        # It does not wait. Where it is interrupted nobody knows what was sent.
        return false unless Thread.handle_interrupt(Object => :never) { write_some_reports }
      end
      true
    end

    def write_some_reports
      now = Clock.now
      taken = @reports.take(AT_ONCE)
      lines = taken.map { |report| report.line(next_tag, now) }
      told = told_of(lines, transmit(lines.join))
      @statistics.reports_sent += told
      @cut = taken[told] if @rest
      # What was not begun is told later, and then with its age at that time.
      @reports.put_back(taken.drop(@cut ? told + 1 : told))
      told == taken.size
    rescue Unavailable
      @reports.put_back(taken)
      raise
    end

    # How many of the lines are whole in so many bytes; the rest of one that is cut is kept.
    def told_of(lines, sent)
      lines.each_with_index do |line, number|
        if sent < line.bytesize
          @rest = line.byteslice(sent..) if sent.positive?
          return number
        end
        sent -= line.bytesize
      end
      lines.size
    end

    def write_rest
      return true unless @rest

      @rest = @rest.byteslice(transmit(@rest)..)
      return false unless @rest.empty?

      @rest = nil
      @statistics.reports_sent += 1 if @cut
      @cut = nil
      true
    end

    def write(line, limit)
      until (line = line.byteslice(transmit(line)..)).empty?
        wait(limit, for_room: true)
        receive
      end
    end

    # Writes what there is room for.
    def transmit(bytes)
      wire = @wire or raise Unavailable.new(*@why)
      begin
        wire.send(bytes)
      rescue SystemCallError, IOError => error
        # What it had to say before it went may tell why.
        receive
        raise lose("lost", "the connection to #{@socket_path.call} was lost: #{error.message}"), cause: nil
      end
    end

    def wait(limit, for_room: false)
      wire = @wire or raise Unavailable.new(*@why)
      return if wire.wait((limit - Clock.now).fdiv(Clock::SECOND), for_room: for_room)

      @statistics.timeouts += 1
      raise lose("timed-out", "no reply from #{@socket_path.call} within the deadline")
    end

    # Takes what has come, without waiting.
    def receive
      return unless @wire

      begin
        lines = @wire.receive
      rescue SystemCallError, IOError => error
        raise lose("lost", "the connection to #{@socket_path.call} was lost: #{error.message}"), cause: nil
      end
      raise lose("lost", "the connection to #{@socket_path.call} was lost") unless lines

      lines.each { |line| take(line) }
      raise stranger(@wire.partial) if @wire.partial.bytesize > Protocol::LONGEST_LINE
    end

    def take(line)
      case line[0]
      when ">" then nil
      when "~"
        @statistics.reports_refused += 1
        @complaints.refused(line[1..])
      when "!" then raise lose("refused", "breakerd closed the connection: #{Protocol.text(line[1..])}")
      when "+", "-" then reply(line)
      else raise stranger(line)
      end
    end

    def reply(line)
      tag, _, text = line[1..].partition(" ")
      raise stranger(line) if @awaited.empty? || tag != "@#{@awaited.shift}"

      if @is_greeted
        @answer = line[0] + text
      elsif line.start_with?("-")
        raise lose("refused", "breakerd refused: #{Protocol.text(text)}")
      else
        @is_greeted = true
        @failures = 0
        words = text.split(" ")
        @greeted.call(Protocol.option(words, "board"), Protocol.option(words, "epoch"), @wire.peer_uid)
      end
    end

    def stranger(sample)
      lose("not-breakerd", "wrong socket: #{@socket_path.call} is not breakerd's, it said #{sample[0, 40].inspect}")
    end

    def busy = Unavailable.new("busy", "other calls wait for #{@socket_path.call}")

    # Gives the connection up, and lets some time pass before the next one is tried.
    def lose(reason, text)
      drop
      failed(reason, text)
    end

    def drop
      @wire&.close
      @reports.put_back([@cut]) if @cut
      forget
    end

    def forget
      @wire = nil
      # What is left of a line that was cut by a full buffer, and its report, in case the connection is lost.
      @rest = @cut = nil
      # Tags of the requests that wait for their reply; hello's is the first of a connection.
      @awaited = []
      @is_greeted = false
      @answer = nil
    end

    # Lets some time pass before the next try.
    def failed(reason, text)
      whole = [FIRST_BACKOFF << [@failures, 20].min, LONGEST_BACKOFF].min
      @retry_at = Clock.now + whole / 2 + (whole / 2 * @random.rand).to_i
      @failures += 1
      @why = [reason, text]
      Unavailable.new(reason, text)
    end

    def finish(limit)
      @wire&.finish
      while @wire
        receive
        wait(limit)
      end
    rescue SystemCallError, IOError, Unavailable
      lose(*CLOSED) if @wire
    ensure
      @why = CLOSED
      @failures = @retry_at = 0
    end
  end
  private_constant :Connection
end
