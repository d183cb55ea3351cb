# frozen_string_literal: true

module Breakerd
  # What a client has done since it was made, or since the fork that made its process. All are counts.
  #
  # Calls that the board let pass ask nothing, and are not among the requests.
  #
  # @!attribute requests
  #   @return [Integer] questions to the daemon
  # @!attribute unavailable
  #   @return [Integer] of these, how many had no answer, or an error for one
  # @!attribute timeouts
  #   @return [Integer] of these, how many waited for the whole deadline
  # @!attribute connections
  #   @return [Integer] connections made
  # @!attribute boards
  #   @return [Integer] files of decisions opened
  # @!attribute denied_locally
  #   @return [Integer] calls refused by the board, without asking
  # @!attribute reports_sent
  #   @return [Integer] reports written to the socket; one may tell of many calls
  # @!attribute reports_refused
  #   @return [Integer] reports that the daemon refused
  # @!attribute reports_dropped
  #   @return [Integer] reports lost: more than are kept while there is no daemon, or made when the client was closed
  # @!attribute reports_waiting
  #   @return [Integer] reports that wait for a connection now
  Statistics = Struct.new(
    :requests, :unavailable, :timeouts, :connections, :boards, :denied_locally, :reports_sent, :reports_refused,
    :reports_dropped, :reports_waiting
  ) do
    def initialize
      super(*Array.new(self.class.members.size, 0))
    end
  end
end
