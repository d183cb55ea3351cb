# frozen_string_literal: true

require "io/wait"
require "logger"
require "socket"
require "timeout"

# Circuit breakers shared by all processes of a host: the client of the breakerd daemon.
#
#   client = Breakerd::Client.new
#   api = client.breaker("api")
#   answer = api.call { fetch("https://api.example.com/") }
module Breakerd
  class << self
    # Where clients log unless they are told: +Rails.logger+ if there is one, else standard error.
    # @return [Logger, nil]
    def logger
      @logger ||= (Rails.logger if defined?(Rails.logger)) || Logger.new($stderr, progname: "breakerd")
    end

    # @param logger [Logger, nil] where clients made from now on log; nil: the default again
    attr_writer :logger
  end
end

require_relative "breakerd/version"
require_relative "breakerd/errors"
require_relative "breakerd/clock"
require_relative "breakerd/protocol"
require_relative "breakerd/paths"
require_relative "breakerd/reasons"
require_relative "breakerd/statistics"
require_relative "breakerd/local"
require_relative "breakerd/complaints"
require_relative "breakerd/locks"
require_relative "breakerd/words"
require_relative "breakerd/board"
require_relative "breakerd/reports"
require_relative "breakerd/tally"
require_relative "breakerd/wire"
require_relative "breakerd/connection"
require_relative "breakerd/admission"
require_relative "breakerd/state"
require_relative "breakerd/processes"
require_relative "breakerd/session"
require_relative "breakerd/unwinding"
require_relative "breakerd/breaker"
require_relative "breakerd/client"
