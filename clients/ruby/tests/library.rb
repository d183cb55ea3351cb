# frozen_string_literal: true

# The client: the gem that install-for-tests.sh has installed in the directory BREAKERD_GEMS, else the sources.
if (gems = ENV.fetch("BREAKERD_GEMS", nil))
  Gem.paths = { "GEM_HOME" => gems, "GEM_PATH" => [gems, *Gem.path].join(File::PATH_SEPARATOR) }
  gem "breakerd"
else
  $LOAD_PATH.unshift(File.expand_path("../lib", __dir__))
end
require "breakerd"
