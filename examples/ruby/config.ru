# frozen_string_literal: true

# A Rack application behind puma with two workers, each with two threads.

require "breakerd"
require "net/http"

CLIENT = Breakerd::Client.new(name: "puma")
UPSTREAM = CLIENT.breaker("upstream")

def fetch
  answer = Net::HTTP.get_response(URI(ENV.fetch("UPSTREAM")))
  raise "upstream said #{answer.code}" unless answer.is_a?(Net::HTTPSuccess)

  answer.body
end

run lambda { |_environment|
  begin
    [200, {}, ["puma has #{UPSTREAM.call { fetch }}"]]
  rescue Breakerd::Denied => e
    [503, { "Retry-After" => [e.retry_after.to_f.round, 1].max.to_s }, ["puma: not now, #{e.reason}\n"]]
  rescue StandardError => e
    [502, {}, ["puma: #{e.message}\n"]]
  end
}
