# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # The sessions of this process, and what becomes of them at a fork and at its end.
  module Processes
    @sessions = {}.compare_by_identity
    @closes_at_exit = false

    # Ruby's hook for what must happen in the child of any fork; puma, unicorn and spring come by it too.
    module Fork
      def _fork
        child = super
        Processes.forked if child.zero?
        child
      end

      # It forks without the hook. The parent ends at once, but the child's threads and locks are those of a child.
      def daemon(...)
        Processes.tell
        super.tap { Processes.forked }
      end
    end
    Process.singleton_class.prepend(Fork)

    class << self
      # One step each, which finalizers may take at any time.
      def add(session) = @sessions[session] = true

      def remove(session) = @sessions.delete(session)

      # In a child.
      def forked = @sessions.keys.each(&:forked)

      # Tells what was counted.
      def tell = @sessions.keys.each(&:flush)

      # Sees to it that the end of the process tells what was counted. It is said anew for each connection: what was said
      # later happens earlier, and other handlers may yet make calls.
      def close_at_exit
        return if @closes_at_exit

        @closes_at_exit = true
        at_exit do
          @closes_at_exit = false
          @sessions.keys.each(&:rest)
        end
      end
    end
  end
  private_constant :Processes
end
