# frozen_string_literal: true

module Breakerd
  # What all errors of this library are: +rescue Breakerd::Error+.
  module Error
  end

  # What all refusals are: the call was not made, <tt>rescue Breakerd::Denied => denied</tt>. Where the daemon could not be
  # asked, +cause+ is the {Unavailable}. It is no class, so that a refused request can be an error of its HTTP library too.
  module Denied
    include Error

    # @return [String] +open+, +half-open+, +forced-open+, +saturated+ or +ramp+ (a later daemon may know more), or, where
    #   the daemon could not be asked, +unavailable+ or +local+
    attr_reader :reason
    # @return [Float, nil] in how many seconds to ask again; nil: not known, or nothing changes until an admin acts
    attr_reader :retry_after
    # @return [String] the breaker's name
    attr_reader :name
  end

  # A call was refused.
  class DeniedCall < StandardError
    include Denied

    # @!visibility private
    TEXTS = {
      "open" => "is open",
      "half-open" => "is half-open and is being probed",
      "forced-open" => "was forced open by an admin",
      "saturated" => "has as many calls under way as it allows",
      "ramp" => "has just closed and lets only some calls pass",
      "unavailable" => "cannot be asked",
      "local" => "is open in this process, and breakerd cannot be asked"
    }.freeze
    private_constant :TEXTS

    # @param reason [String]
    # @param retry_after [Float, nil] seconds
    # @param name [String]
    def initialize(reason, retry_after = nil, name = "")
      @reason = reason
      @retry_after = retry_after
      @name = name
      text = "breaker #{name} #{TEXTS.fetch(reason) { "refuses: #{reason}" }}"
      super(retry_after ? format("%s, retry in %.3g s", text, retry_after) : text)
    end
  end

  # No breaker can have this name: 1 to 100 of <tt>A-Z a-z 0-9 . _ : / @ -</tt>, the first a letter, a digit or <tt>_</tt>.
  class InvalidName < ArgumentError
    include Error

    # @return [Object] what was given for a name
    attr_reader :name

    # @param name [Object]
    def initialize(name)
      @name = name
      super("#{name.inspect} cannot be the name of a breaker: 1 to 100 of A-Z a-z 0-9 . _ : / @ -, " \
            "the first a letter, a digit or _")
    end
  end

  # The daemon could not be asked. Programs see it only as the cause of a {Denied}.
  class Unavailable < StandardError
    include Error

    # @return [String] one word: +not-running+, +not-permitted+, +backlog-full+, +cannot-connect+, +timed-out+, +lost+,
    #   +refused+, +not-breakerd+, +busy+ or +closed+
    attr_reader :reason

    # @param reason [String]
    # @param text [String] for a person
    def initialize(reason, text)
      @reason = reason
      super(text)
      # Where in this library it was raised says nothing, and costs a deep program more than all the rest of a call.
      set_backtrace([])
    end
  end
end
