# frozen_string_literal: true

require "faraday"
require "breakerd"

module Breakerd
  # What +breakerd/faraday+ adds to Faraday.
  module Faraday
    # Guards the requests of a connection, each by the breaker of its host:
    #
    #   Faraday.new("https://api.example.com") { |connection| connection.use :breakerd, client: client }
    #
    # An answer of 500 or more, an exception of the adapter or of what stands below it, and a timeout are failures; all
    # other answers are successes. A refused request raises {Breakerd::Denied}. Below middleware that tries again, each
    # try is guarded; above it, all together. Requests in parallel are told when they complete.
    class Middleware < ::Faraday::Middleware
      # From this status on an answer is a failure, unless +failure+ says otherwise.
      SERVER_ERROR = 500

      # @param app [#call]
      # @param client [Client]
      # @param name [#call, String, nil] the breaker's name, or what makes it of the +Faraday::Env+; nil: the host
      # @param exclude [Array<Module>, Module] exceptions that say nothing about the dependency, see {Client#breaker}
      # @param failure [#call, nil] is asked about each answer, the +Faraday::Env+, whether it is a failure
      # @param lease [Numeric, nil] how many seconds a request may take at most, see {Breaker#permit}
      # @raise [ArgumentError] the lease is no number with an end
      def initialize(app, client:, name: nil, exclude: [], failure: nil, lease: nil)
        super(app)
        Protocol.check_lease(lease) if lease
        @client = client
        @name = name
        @exclude = exclude
        @failure = failure || ->(env) { env.status.to_i >= SERVER_ERROR }
        @lease = lease
      end

      # @param env [Faraday::Env]
      # @return [Faraday::Response]
      # @raise [Denied] the request was not made
      def call(env)
        permit = @client.breaker(name_of(env), exclude: @exclude).permit(lease: @lease)
        begin
          response = @app.call(env).on_complete { |answer| settle(permit, answer) }
        rescue Exception => error # rubocop:disable Lint/RescueException -- raised again
          permit.settle(error)
          raise
        ensure
          # Left without an exception.
          permit.settle(Unwinding.cause) unless response
        end
      end

      private

      def name_of(env)
        case @name
        when nil then env.url.host
        when String then @name
        else @name.call(env)
        end
      end

      def settle(permit, env)
        @failure.call(env) ? permit.fail("http-#{env.status}") : permit.ok
      end
    end

    ::Faraday::Middleware.register_middleware(breakerd: Middleware)
  end
end
