#!/usr/bin/env ruby
# frozen_string_literal: true

# Measures guarded calls on a closed breaker, by the board and over the socket, against libraries that keep breakers in the
# process, in turns in one run: nanoseconds a call, the median of all rounds and the fastest, and the ratio of the fastest.
#
#     BREAKERD_BIN=path of breakerd  STOPLIGHT=checkout  CIRCUITBOX=checkout  SEMIAN=checkout  ruby [--yjit] clients/ruby/bench.rb [rounds]
#
# A library that is not there is left out. Semian is built in its checkout, by
# `cd ext/semian && ruby extconf.rb && make && cp semian.so ../../lib/semian`; up to 0.22 it runs on Ruby 3.1.

$LOAD_PATH.unshift(File.join(__dir__, "lib"))
require "breakerd"
require "tmpdir"

CALLS = 2_000
PROGRAM = ENV.fetch("BREAKERD_BIN", File.expand_path("../../.build/release/breakerd", __dir__))

def now = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)

def with_daemon
  Dir.mktmpdir("breakerd-") do |directory|
    paths = { "--socket" => "s", "--admin-socket" => "a", "--state" => "db" }.transform_values { |name| "#{directory}/#{name}" }
    process = spawn(PROGRAM, *paths.to_a.flatten, err: File::NULL)
    sleep 0.01 until File.exist?("#{directory}/a")
    yield "#{directory}/s"
  ensure
    if process
      Process.kill(:TERM, process)
      Process.wait(process)
    end
  end
end

# What another library's source makes a contestant of; nil: it is not there.
def peer(variable)
  path = ENV.fetch(variable, nil)
  unless path
    warn "#{variable} is not set: left out"
    return
  end
  $LOAD_PATH.unshift(File.join(path, "lib"))
  yield
rescue LoadError, StandardError => error
  warn "#{variable} cannot be loaded, left out: #{error.message}"
  nil
end

def stoplight
  peer("STOPLIGHT") do
    require "stoplight"
    # Versions 2 and 3 take the block with the name, later ones when they run.
    light = Stoplight("api") { nil }
    light.run
    -> { light.run }
  rescue ArgumentError, LocalJumpError
    light = Stoplight("api")
    -> { light.run { nil } }
  end
end

def circuitbox
  peer("CIRCUITBOX") do
    require "circuitbox"
    circuit = Circuitbox.circuit(:api, exceptions: [StandardError])
    -> { circuit.run { nil } }
  end
end

def semian
  peer("SEMIAN") do
    require "semian"
    # Its breaker alone, without the semaphore that limits calls of the host.
    resource = Semian.register(:api, circuit_breaker: true, bulkhead: false, error_threshold: 3, error_timeout: 5,
                                     success_threshold: 1, exceptions: [StandardError])
    -> { resource.acquire { nil } }
  end
end

with_daemon do |socket|
  board = Breakerd::Client.new(socket_path: socket, deadline: 1).breaker("api")
  asking = Breakerd::Client.new(socket_path: socket, deadline: 1, use_board: false).breaker("api")
  contestants = {
    "no breaker" => -> {},
    "breakerd, call" => -> { board.call { nil } },
    "breakerd, permit" => -> { board.permit.ok },
    "breakerd, over the socket" => -> { asking.call { nil } },
    "stoplight, in memory" => stoplight,
    "circuitbox, in memory" => circuitbox,
    "semian, in memory" => semian
  }.compact
  # Outcomes of a breaker's first second are not collected.
  limit = now + 1_500_000_000
  board.call { nil } while now < limit
  times = contestants.transform_values { [] }
  (ARGV.first || 30).to_i.times do
    contestants.each do |name, contestant|
      calls = name.include?("socket") ? CALLS / 20 : CALLS
      started = now
      calls.times { contestant.call }
      times[name].push((now - started).fdiv(calls))
    end
  end
  ours = times["breakerd, call"].min
  puts format("%-28s%10s%10s   %s", "", "median", "fastest", "breakerd's call to it")
  times.each do |name, all|
    puts format("%-28s%10.0f%10.0f   %.2f", name, all.sort[all.size / 2], all.min, ours / all.min)
  end
end
