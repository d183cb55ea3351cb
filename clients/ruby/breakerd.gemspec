# frozen_string_literal: true

require_relative "lib/breakerd/version"

Gem::Specification.new do |spec|
  spec.name = "breakerd"
  spec.version = Breakerd::VERSION
  spec.summary = "Circuit breakers shared by all processes of a host"
  spec.description = "The client of breakerd, a local daemon that keeps the circuit breakers of a host. A call on a closed " \
                     "breaker is decided by shared memory. The standard library and nothing else."
  spec.authors = ["The breakerd authors"]
  spec.license = "Apache-2.0"
  spec.required_ruby_version = ">= 3.1"
  spec.files = Dir.chdir(__dir__) { Dir["lib/**/*.rb", "sig/*.rbs", "README.md", "LICENSE"].sort }
  spec.require_paths = ["lib"]
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
