# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Words and lines of protocol version 1.
  module Protocol
    NAME = %r{\A[A-Za-z0-9_][A-Za-z0-9._:/@-]{0,99}\z}
    # No line of the daemon is longer; whoever writes one is not it.
    LONGEST_LINE = 65_536
    # The most successes that one report may tell of.
    LARGEST_COUNT = 1_000_000
    # The longest name of a client, and of a class of errors.
    LONGEST_WORD = 32
    TOKEN = /\A([0-9]{1,20})(\.[0-9]{1,20})?\z/

    # The daemon's answer to +allow+. +token+ is what the end of the call is to be told with; nil: it is not to be told.
    # +reason+ is why the call is refused; nil: it is allowed.
    Decision = Struct.new(:token, :reason, :retry_after) do
      # Whether the daemon keeps a place for the call, which it must get back.
      def holds_permit? = token&.include?(".")

      def generation = token&.to_i
    end

    module_function

    # @raise [InvalidName]
    def checked_name(name)
      text = name.is_a?(Symbol) ? name.name : name
      raise InvalidName, name unless text.is_a?(String) && text.ascii_only? && NAME.match?(text)

      text.encode(Encoding::UTF_8).freeze
    end

    # @raise [ArgumentError] no call can have this lease
    def check_lease(lease)
      raise ArgumentError, "lease must be more than 0 seconds, and a year at most" unless Clock.time?(lease)
    end

    # The beginning of a text, as a value: at most 32 bytes, no control characters, and no character cut in two.
    def word(text)
      text = text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace, replace: "").scrub("")
      text = text.gsub(/[^[:graph:] ]/, "").byteslice(0, LONGEST_WORD).scrub("")
      text.gsub(/[ %]/) { |character| format("%%%02X", character.ord) }
    end

    # The value of +key=value+ among words, as it was before it was written into a reply.
    def option(words, key)
      prefix = "#{key}="
      found = words.find { |word| word.start_with?(prefix) }
      found&.delete_prefix(prefix)&.gsub(/%([0-9A-Fa-f]{2})/n) { $1.hex.chr }
    end

    # What a line says, for a person.
    def text(bytes) = String.new(bytes, encoding: Encoding::UTF_8).scrub

    # Reads the reply to +allow+, without its class and tag; nil: it is no such reply.
    def decision(text)
      verdict, reason, token, = words = text.split(" ", -1)
      return unless reason

      case verdict
      when "allow"
        Decision.new(token&.match?(TOKEN) ? token : nil)
      when "deny"
        retry_ms = option(words, "retry_ms")
        Decision.new(nil, text(reason), retry_ms&.match?(/\A[0-9]+\z/) ? retry_ms.to_i / 1000.0 : nil)
      end
    end
  end
  private_constant :Protocol
end
