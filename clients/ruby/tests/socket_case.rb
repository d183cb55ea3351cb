# frozen_string_literal: true

require_relative "support"
require_relative "scripted_server"

# A client whose calls are refused if they are not answered, and what it logs.
class SocketCase < Case
  # Keeps what was logged.
  class Lines
    attr_reader :lines

    def initialize
      @lines = []
    end

    def warn(text) = @lines.push([:warn, text])

    def error(text) = @lines.push([:error, text])
  end

  def setup
    super
    @socket = path("s")
    @log = Lines.new
  end

  def denying(**options) = client(@socket, logger: @log, on_unavailable: :deny, **options)

  # Why a call was not answered; nil: it was allowed.
  def why(client)
    client.breaker("api").permit.ignore
    nil
  rescue Breakerd::Denied => denied
    assert_equal("unavailable", denied.reason)
    denied.cause.reason
  end

  # Root may open everything, so tests of what is forbidden need somebody else.
  def as_another_user
    root = Process.euid.zero?
    Process::Sys.seteuid(54321) if root
    yield
  ensure
    Process::Sys.seteuid(0) if root
  end
end
