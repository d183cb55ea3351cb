#!/usr/bin/env ruby
# frozen_string_literal: true

# Runs all tests, or those of the files named: ruby -w clients/ruby/tests/run.rb [test_board.rb…] [-n PATTERN]
#
# BREAKERD_BIN names the daemon, .build/debug/breakerd unless said; tests that need it are skipped where it is not built.
require_relative "support"

named = ARGV.take_while { |argument| !argument.start_with?("-") }
ARGV.shift(named.size)
files = named.empty? ? Dir[File.join(__dir__, "test_*.rb")].sort : named.map { |name| File.join(__dir__, File.basename(name)) }
files.each { |file| require file }
