# frozen_string_literal: true

module Breakerd
  # The version of this library, as it is told to the daemon.
  VERSION = "0.1.0"
end
