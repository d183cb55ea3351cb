# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Why a block was left without an exception: by +break+, +return+ or +throw+, which the program wanted; by Thread#kill; or
  # by a Timeout.timeout around it, which must not be taken for a success. Before version 0.4 of timeout, which Ruby
  # 3.1 and 3.2 bring, it leaves the block by a +throw+ of its own.
  module Unwinding
    KEY = :__breakerd_timeout__

    # Remembers a timeout while it unwinds the thread that it has struck: from where it struck to its own +catch+.
    module Throwing
      def exception(*)
        Thread.current[KEY] = self if thread.equal?(Thread.current)
        super
      end

      # Of the class.
      module Catching
        def catch(*)
          own = nil
          super do |error|
            own = error
            yield error
          end
        ensure
          struck = Thread.current[KEY]
          Thread.current[KEY] = nil if struck && struck.instance_variable_get(:@catch_value).equal?(own)
        end
      end
    end

    if Timeout::Error.method_defined?(:thread) && Timeout::Error.singleton_methods(false).include?(:catch)
      Timeout::Error.prepend(Throwing)
      Timeout::Error.singleton_class.prepend(Throwing::Catching)
    end

    EXIT = Timeout.const_defined?(:ExitException) ? Timeout::ExitException : nil
    private_constant :EXIT

    class << self
      # What an exception that left a block is to be taken for: a timeout that is about to become a Timeout::Error, for that.
      def seen(error)
        EXIT && EXIT === error ? Timeout::Error.new(error.message) : error
      end

      # What left a block that raised nothing: nil, the program's will; else an exception.
      def cause
        Thread.current[KEY] || (SystemExit.new if Thread.current.status == "aborting")
      end
    end
  end
  private_constant :Unwinding
end
