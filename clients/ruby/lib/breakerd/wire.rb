# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # One connected socket: bytes out, lines in, never waiting but where it is told to, and as long. Raises what the system
  # says.
  class Wire
    MOST_AT_ONCE = 65_536

    # The uid of who serves the socket.
    attr_reader :peer_uid
    # What has come of a line that is not whole.
    attr_reader :partial

    # @raise [SystemCallError] also if the queue of connections is full
    # @raise [ArgumentError] no socket can have the path
    def initialize(path)
      @socket = Socket.new(Socket::AF_UNIX, Socket::SOCK_STREAM)
      connected = false
      @socket.connect_nonblock(Socket.pack_sockaddr_un(path))
      @peer_uid = @socket.getpeereid.first
      connected = true
      @partial = "".b
      @buffer = String.new(capacity: MOST_AT_ONCE)
    ensure
      close if @socket && !connected
    end

    # Writes what there is room for; returns how many bytes.
    def send(bytes)
      sent = @socket.sendmsg_nonblock(bytes, Socket::MSG_NOSIGNAL, exception: false)
      sent.is_a?(Symbol) ? 0 : sent
    rescue Errno::EINTR
      0
    end

    # The lines that have come, without their ends; nil: there will be no more. Not all of them, if somebody writes without
    # end.
    def receive
      bytes = @socket.recv_nonblock(MOST_AT_ONCE, 0, @buffer, exception: false)
      return [] if bytes.is_a?(Symbol)
      return if bytes.nil? || bytes.empty?

      lines = (@partial + bytes).split("\n", -1)
      @partial = lines.pop
      lines.map { |line| line.sub(/\r+\z/n, "") }
    rescue Errno::EINTR
      []
    end

    # Waits until something has come, or, if told so, until there is room, +seconds+ at most; returns whether it is so.
    def wait(seconds, for_room: false)
      seconds.positive? && @socket.wait(for_room ? IO::READABLE | IO::WRITABLE : IO::READABLE, seconds)
    end

    # Says that nothing more will be sent.
    def finish = @socket.shutdown(Socket::SHUT_WR)

    # Closes this process's copy, without a word to the other end. If what another thread raises struck just then, Ruby would
    # forget the descriptor and leave it open.
    def close
      Thread.handle_interrupt(Object => :never) { @socket.close }
    rescue SystemCallError, IOError
      nil
    end
  end
  private_constant :Wire
end
