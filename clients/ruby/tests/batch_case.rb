# frozen_string_literal: true

require_relative "support"
require_relative "board_file"
require_relative "scripted_server"

# A server with a board on which +api+ is closed, and a client that has seen that.
class BatchCase < Case
  CLOSED = BoardFile::CLOSED
  OPEN = BoardFile::OPEN
  HALF_OPEN = BoardFile::HALF_OPEN
  FORCED_OPEN = BoardFile::FORCED_OPEN

  def setup
    super
    @now = clock
    @board = BoardFile.new(path("board"), @now.now)
    @board.put("api", CLOSED)
    @server = ScriptedServer.new(self, path("s"), board: path("board"))
    @client = client(path("s"))
    @api = @client.breaker("api")
    # The first call asks, and learns where the board is; the second begins the generation.
    @api.permit.ignore
    @api.permit.ignore
  end

  def pass_time(seconds)
    @now.advance(seconds)
    @board.beat(@now.now)
  end

  def succeed(times = 1) = times.times { @api.call { nil } }

  def fail_call(error = IOError)
    assert_raises(error) { @api.call { raise error } }
  end

  # What was told, once there are so many lines, and forgets it.
  def take(count)
    told = @server.wait_for(count)
    @server.lines.clear
    told
  end
end
