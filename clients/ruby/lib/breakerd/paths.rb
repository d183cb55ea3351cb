# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Where the daemon's socket is, when nobody says.
  module Paths
    SERVICE = "/run/breakerd/breakerd.sock"

    module_function

    # +$BREAKERD_SOCKET+; else the service's socket if it exists; else that of a daemon run by this user, if it exists:
    # +$XDG_RUNTIME_DIR/breakerd/breakerd.sock+ or +/tmp/breakerd-UID/breakerd.sock+; else the service's.
    def default_socket
      from_environment = ENV.fetch("BREAKERD_SOCKET", "")
      return from_environment unless from_environment.empty?

      candidates.find { |path| there?(path) } || SERVICE
    end

    def candidates
      runtime = ENV.fetch("XDG_RUNTIME_DIR", "")
      temporary = "/tmp/breakerd-#{Process.euid}"
      [
        SERVICE,
        ("#{runtime}/breakerd/breakerd.sock" unless runtime.empty?),
        ("#{temporary}/breakerd.sock" if private?(temporary))
      ].compact
    end

    def there?(path)
      File.stat(path)
      true
    rescue Errno::EACCES
      true
    rescue SystemCallError
      false
    end

    # Anybody can make a directory under /tmp.
    def private?(directory)
      status = File.lstat(directory)
      status.directory? && status.uid == Process.euid && (status.mode & 0o022).zero?
    rescue SystemCallError
      false
    end
  end
  private_constant :Paths
end
