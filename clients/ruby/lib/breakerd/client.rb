# frozen_string_literal: true

module Breakerd
  # Asks the host's breakerd whether calls may be made, and tells it how they ended.
  #
  # A program makes one client and keeps it; threads share it. Nothing is opened before the first call. After a fork the
  # child's client connects anew, and knows nothing of the parent's calls.
  class Client
    # The longest +flush_interval+, in seconds.
    LONGEST_FLUSH = 10
    # @!visibility private
    DEFAULT = Object.new.freeze
    private_constant :DEFAULT

    # @param socket_path [String, nil] the daemon's socket; nil: <tt>$BREAKERD_SOCKET</tt>, else the service's, else that of
    #   this user's daemon
    # @param deadline [Numeric] how many seconds a call waits for the daemon at most, connecting included
    # @param on_unavailable [Symbol, Local] what a call does when the daemon cannot be asked: +:allow+, +:deny+, or
    #   +:local+, a small breaker of this process's own; a {Local} says when that opens, and for how long
    # @param name [String, nil] this process's name in the daemon's list of clients; 32 bytes of it are told
    # @param use_board [Boolean] whether to decide by shared memory where that is possible; else each call asks over the
    #   socket
    # @param flush_interval [Numeric] for how many seconds successes are collected before they are told, 0 to 10
    # @param logger [Logger, nil] where it is told, once a minute at most, that the daemon cannot be asked; anything with
    #   +warn+ and +error+. Unless said {Breakerd.logger}; nil: nowhere
    # @raise [ArgumentError] an option is out of its range
    # @raise [Ractor::IsolationError] this is not the main Ractor
    def initialize(socket_path: nil, deadline: 0.05, on_unavailable: :allow, name: nil, use_board: true,
                   flush_interval: 0.1, logger: DEFAULT)
      # What forks and the end of the process need to know of clients is the main one's alone.
      raise Ractor::IsolationError, "a Breakerd::Client works in the main Ractor only" unless Ractor.current.equal?(Ractor.main)

      check(socket_path, deadline, flush_interval)
      @session = Session.new(
        socket_path: socket_path&.to_s, deadline: Clock.nanoseconds(deadline), on_unavailable: rule(on_unavailable), name: name,
        use_board: use_board, flush_interval: Clock.nanoseconds(flush_interval),
        logger: logger.equal?(DEFAULT) ? Breakerd.logger : logger
      )
      ObjectSpace.define_finalizer(self, Client.send(:closer, @session))
    end

    # A handle on the breaker of this name; the daemon makes the breaker when it is first asked about it. The same
    # exceptions may count for one handle and not for another.
    #
    # @param name [String, Symbol]
    # @param exclude [Array<Module>, Module] exceptions of these kinds say nothing about the dependency: they count neither
    #   as failure nor as success; whatever has <tt>===</tt> will do
    # @param failure [#call, nil] is asked about each other +StandardError+ whether it speaks against the dependency
    # @return [Breaker]
    # @raise [InvalidName]
    def breaker(name, exclude: [], failure: nil)
      Breaker.new(self, @session.state(Protocol.checked_name(name)), Array(exclude), failure)
    end

    # @return [Statistics] what the client has done so far
    def statistics
      @session.statistics.dup.tap { |statistics| statistics.reports_waiting = @session.reports.size }
    end

    # Tells what was counted now, without waiting. A program that will be idle for long calls it before.
    #
    # @return [nil]
    def flush
      @session.flush
      nil
    end

    # Tells what was counted, and closes the connection. It waits for the daemon to read it, +deadline+ at most.
    #
    # Calls made later do what they do without a daemon. At the end of the process what was counted is told by itself.
    #
    # @return [nil]
    def close
      @session.close
      nil
    end

    # A client is not copied: what closes it when it is collected would come along.
    #
    # @return [Client] itself
    def dup = self

    # @return [Client] itself
    def clone(**) = self

    # @return [String]
    def inspect = "#<Breakerd::Client #{@session.on_unavailable}>"

    # @!visibility private
    # What closes a session whose client was collected; it must not refer to the client.
    def self.closer(session) = ->(_id) { session.close(0) }
    private_class_method :closer

    private

    def check(socket_path, deadline, flush_interval)
      raise ArgumentError, "socket_path must have no NUL byte" if socket_path.to_s.b.include?("\0")
      unless deadline.is_a?(Numeric) && deadline.positive? && deadline.finite?
        raise ArgumentError, "deadline must be more than 0 seconds, and have an end"
      end
      return if flush_interval.is_a?(Numeric) && flush_interval >= 0 && flush_interval <= LONGEST_FLUSH

      raise ArgumentError, "flush_interval must be 0 to #{LONGEST_FLUSH} seconds"
    end

    def rule(on_unavailable)
      case on_unavailable
      when :allow, :deny, Local then on_unavailable
      when :local then Local.new
      else raise ArgumentError, "on_unavailable must be :allow, :deny, :local or a Breakerd::Local"
      end
    end
  end
end
