# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Leave to make one call, and what its end is to be told with. It is made empty, and granted by {State#admit}: so whatever
  # interrupts a call, its end can be told.
  class Admission
    # +generation+ is set if the board gave leave: then successes may be told in batches.
    attr_reader :started, :era, :generation, :token

    # Of a call that passed by {State#fast}.
    def self.quick(started, generation)
      admission = new
      admission.grant(started, generation.era, generation, quick: true)
      admission
    end

    def initialize
      @started = @place = nil
      @settled = false
    end

    # Gives leave. +place+ is what the daemon keeps for the call; it is given back if this object is collected first.
    def grant(started, era, generation, token: nil, place: nil, quick: false)
      @quick = quick
      @era = era
      @generation = generation
      @token = token
      @place = place
      @started = started
      ObjectSpace.define_finalizer(self, place) if place
    end

    def granted? = !@started.nil?

    # Whether its success only has to be counted, if it comes within a millisecond.
    def quick? = @quick

    # Whether its end was told.
    def settled? = @settled

    # Its end is told. One step, which nothing interrupts.
    def settle
      @settled = true
      @place&.taken = false
    end

    # Whether the daemon keeps a place for the call.
    def holds_permit? = !@place.nil?
  end

  # @!visibility private
  # A place that the daemon keeps for a call, known by its token until its end is told. It is the finalizer of its
  # {Admission}, so it refers to all but that, and takes no lock.
  class Place
    attr_writer :taken
    attr_reader :report, :era

    def initialize(report, era, abandoned)
      @report = report
      @era = era
      @abandoned = abandoned
      @taken = true
    end

    # The admission is gone.
    def call(_id)
      @abandoned.push(self) if @taken
    end
  end
  private_constant :Admission, :Place
end
