# frozen_string_literal: true

require "faraday"
require "breakerd"

module Breakerd
  # What +breakerd/faraday+ adds to Faraday.
  module Faraday
    # A request was refused, and not made: a {Denied} that <tt>rescue Faraday::Error</tt> catches as well.
    class DeniedRequest < ::Faraday::Error
      include Denied

      # @param denied [Denied]
      def initialize(denied)
        @reason = denied.reason
        @retry_after = denied.retry_after
        @name = denied.name
        super(denied.message)
      end
    end

    # Guards the requests of a connection, each by the breaker of its host:
    #
    #   Faraday.new("https://api.example.com") { |connection| connection.use :breakerd, client: client }
    #
    # An answer of 500 or more, an exception of the adapter or of what stands below it, and a timeout are failures; all
    # other answers are successes. A refused request raises {DeniedRequest}. Below middleware that tries again, each
    # try is guarded; above it, all together. Requests in parallel are told when they complete.
    class Middleware < ::Faraday::Middleware
      # From this status on an answer is a failure, unless +failure+ says otherwise.
      SERVER_ERROR = 500
      # The longest name of a host's breaker.
      LONGEST_NAME = 100

      # The name of the breaker of a request's host: the host in lower case, and the port if it is not the scheme's own. What
      # a name cannot have, like the brackets of an address, becomes +_+.
      #
      # @param env [Faraday::Env]
      # @return [String, nil] nil: there is no host
      def self.host_name(env)
        url = env.url
        return if url.host.nil? || url.host.empty?

        host = url.host.downcase
        host += ":#{url.port}" if url.port && url.port != url.default_port
        host.gsub(/[^a-z0-9._:-]/, "_")[0, LONGEST_NAME].sub(/\A[^a-z0-9]/, "_")
      end

      # @param app [#call]
      # @param client [Client]
      # @param name [#call, String, Symbol, nil] the breaker's name, or what makes it of the +Faraday::Env+, nil for a request that is
      #   not guarded; unless said, each host has its own, see {host_name}
      # @param exclude [Array<Module>, Module] exceptions that say nothing about the dependency, see {Client#breaker}
      # @param failure [#call, nil] is asked about each answer, the +Faraday::Env+, whether it is a failure
      # @param lease [Numeric, nil] how many seconds a request may take at most, see {Breaker#permit}
      # @raise [ArgumentError] the lease is not more than 0 seconds, or more than a year
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
      # @raise [DeniedRequest] the request was not made
      # @raise [InvalidName]
      def call(env)
        name = name_of(env)
        return @app.call(env) if name.nil?

        permit = permit(name)
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
        when nil then self.class.host_name(env)
        when String, Symbol then @name
        else @name.call(env)
        end
      end

      def permit(name)
        @client.breaker(name, exclude: @exclude).permit(lease: @lease)
      rescue Denied => denied
        raise DeniedRequest.new(denied), cause: denied.cause
      end

      def settle(permit, env)
        @failure.call(env) ? permit.fail("http-#{env.status}") : permit.ok
      end
    end

    ::Faraday::Middleware.register_middleware(breakerd: Middleware)
  end
end
