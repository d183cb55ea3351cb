# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Why a socket cannot be connected to.
  module Reasons
    WORDS = {
      Errno::ENOENT => "not-running",
      Errno::ENOTDIR => "not-running",
      Errno::ECONNREFUSED => "not-running",
      Errno::EACCES => "not-permitted",
      Errno::EPERM => "not-permitted",
      Errno::EAGAIN => "backlog-full",
      Errno::EPROTOTYPE => "not-breakerd"
    }.freeze

    # What a failure to connect is called, and what is said of it.
    def self.of(error, path)
      reason = WORDS.find { |type, _| type === error }&.last
      case reason
      when "not-running"
        return ["cannot-connect", "#{path} is no socket"] unless socket_or_nothing?(path)

        [reason, "nothing listens at #{path}: is breakerd running?"]
      when "not-permitted" then [reason, "no permission to open #{path}"]
      when "backlog-full" then [reason, "#{path} takes no more connections now"]
      else
        return ["cannot-connect", "#{path.inspect} cannot be the path of a socket"] if error.is_a?(ArgumentError)

        [reason || "cannot-connect", "cannot connect to #{path}: #{error.message}"]
      end
    end

    def self.socket_or_nothing?(path)
      File.stat(path).socket?
    rescue SystemCallError
      true
    end
    private_class_method :socket_or_nothing?
  end
  private_constant :Reasons
end
