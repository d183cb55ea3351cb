#!/usr/bin/env ruby
# frozen_string_literal: true

# What a guarded call of a block that does nothing costs, in nanoseconds, the fastest of rounds in which all take turns:
#
#     BREAKERD_BIN=.build/release/breakerd clients/ruby/bench.rb
#
# STOPLIGHT names a directory with the sources of bolshakov/stoplight, to compare with it, in memory; without it, it is left out.
# Version 4.1.1 is the newest for Ruby 3.1; it asks for the gem redlock, which is not used in memory.

$LOAD_PATH.unshift(File.join(__dir__, "lib"))
require "breakerd"
require "tmpdir"

ROUNDS = 15
DAEMON = ENV.fetch("BREAKERD_BIN", File.join(__dir__, "../../.build/release/breakerd"))

def with_daemon
  Dir.mktmpdir("bb-") do |directory|
    socket = File.join(directory, "s")
    pid = spawn(DAEMON, "--socket", socket, "--admin-socket", File.join(directory, "a"), "--state", File.join(directory, "db"),
                err: File::NULL)
    begin
      500.times { File.socket?(socket) ? break : sleep(0.01) }
      yield socket
    ensure
      Process.kill(:TERM, pid)
      Process.wait(pid)
    end
  end
end

def nanoseconds(count, work)
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  count.times(&work)
  (Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start) / count
end

def stoplight
  return unless (path = ENV["STOPLIGHT"])

  $LOAD_PATH.unshift(File.join(path, "lib"))
  require "stoplight"
  light = Stoplight("bench")
  ["stoplight, in memory", 20_000, ->(_) { light.run {} }]
rescue LoadError => e
  warn "stoplight is left out: #{e.message}"
end

with_daemon do |socket|
  api = Breakerd::Client.new(socket_path: socket).breaker("api")
  asked = Breakerd::Client.new(socket_path: socket, use_board: false).breaker("api")
  contestants = [
    ["breakerd, call", 50_000, ->(_) { api.call {} }],
    ["breakerd, permit and ok", 50_000, ->(_) { api.permit.ok }],
    ["breakerd, call, over the socket", 2_000, ->(_) { asked.call {} }],
    stoplight,
  ].compact
  # Each outcome of the first second is told by itself.
  contestants.each { |_, _, work| work.call(0) }
  sleep 1.1
  fastest = Hash.new(Float::INFINITY)
  ROUNDS.times do
    contestants.each { |name, count, work| fastest[name] = [fastest[name], nanoseconds(count, work)].min }
  end
  own = fastest["breakerd, call"]
  fastest.each { |name, time| puts format("%-34s %8d ns   %.2f of it", name, time, own.fdiv(time)) }
end
