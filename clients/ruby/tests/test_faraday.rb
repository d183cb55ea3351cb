# frozen_string_literal: true

require_relative "socket_case"
require "uri"
begin
  require "breakerd/faraday"
rescue LoadError
  warn "Faraday is not installed: its tests are left out"
end

# The middleware, with a real HTTP server.
class FaradayTest < SocketCase
  def setup
    super
    @breakerd = ScriptedServer.new(self, @socket)
    @web = TCPServer.new("127.0.0.1", 0)
    @port = @web.addr[1]
    serving = Thread.new { loop { serve(@web.accept) } }
    cleanup do
      serving.kill
      @web.close
    end
  end

  # Answers with the status that the path says; /close: with nothing; /hang: never.
  def serve(connection)
    @web_was_asked = true
    path = connection.gets.to_s.split[1].to_s.delete_prefix("/")
    until ["\r\n", nil].include?(connection.gets)
    end
    return (@hanging = connection) if path == "hang"

    connection.write("HTTP/1.1 #{path} x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi") unless path == "close"
    connection.close
  end

  def web(**options)
    client = denying
    Faraday.new("http://127.0.0.1:#{@port}", request: { timeout: 0.5 }) do |connection|
      connection.use :breakerd, client: client, **options
      connection.adapter :net_http
    end
  end

  def host = "127.0.0.1:#{@port}"

  def told(count = 1) = @breakerd.wait_for(count).map { |line| line.gsub(/ (ms|age)=\d+/, "") }

  def test_answers_below_500_are_successes
    web = web()
    assert_equal(%w[hi hi], [web.get("/200").body, web.get("/404").body])
    assert_equal(["report #{host} ok 77 quiet"] * 2, told(2))
  end

  def test_a_server_error_is_a_failure
    assert_equal(503, web.get("/503").status)
    assert_equal(["report #{host} fail 77 err=http-503 quiet"], told)
  end

  def test_a_lost_connection_and_a_timeout_are_failures
    web = web()
    assert_raises(Faraday::ConnectionFailed) { web.get("/close") }
    assert_raises(Faraday::TimeoutError) { web.get("/hang") }
    assert_equal(%w[Faraday::ConnectionFailed Faraday::TimeoutError].map { |word| "report #{host} fail 77 err=#{word} quiet" },
                 told(2))
  end

  def test_a_timeout_around_the_request_is_a_failure
    web = web()
    web.options.timeout = 10
    assert_raises(Timeout::Error) { Timeout.timeout(0.1) { web.get("/hang") } }
    assert_equal(["report #{host} fail 77 err=Timeout::Error quiet"], told)
  end

  def test_a_refused_request_is_not_made
    @breakerd.answer = "+TAG deny open retry_ms=1000"
    denied = assert_raises(Breakerd::Denied) { web.get("/200") }
    assert_equal(["open", 1.0, host], [denied.reason, denied.retry_after, denied.name])
    assert_equal("breaker #{host} is open, retry in 1 s", denied.message)
    assert_kind_of(Faraday::Error, denied)
    assert_kind_of(Breakerd::Error, denied)
    refute(@web_was_asked)
  end

  def test_a_refusal_without_the_daemon_says_why
    @breakerd.stop
    denied = assert_raises(Faraday::Error) { web.get("/200") }
    assert_equal(%w[unavailable not-running], [denied.reason, denied.cause.reason])
  end

  def test_breakers_are_named_by_hosts
    {
      "https://API.example.com/v1" => "api.example.com", "http://127.0.0.1:8080/" => "127.0.0.1:8080", "http://h:80/" => "h",
      "https://h:80/" => "h:80", "http://[::1]:8080/" => "_::1_:8080", "http://-h/" => "_h", "http://%41/" => "_41",
      "/relative" => nil, "http://#{"a" * 120}/" => "a" * 100
    }.each do |url, name|
      env = Faraday::Env.from(url: URI(url))
      name ? assert_equal(name, Breakerd::Faraday::Middleware.host_name(env)) : assert_nil(Breakerd::Faraday::Middleware.host_name(env))
      assert_equal(name, denying.breaker(name).name) if name
    end
  end

  def test_a_lease_that_is_no_time_is_refused
    assert_raises(ArgumentError) { web(lease: 0).get("/200") }
    web(lease: 2).get("/200")
    assert_includes(@breakerd.lines.join("|"), "allow #{host} lease=2000ms")
  end

  def test_a_request_without_a_name_is_not_guarded
    @breakerd.answer = "+TAG deny open retry_ms=1000"
    assert_equal("hi", web(name: ->(_) { nil }).get("/200").body)
    assert_raises(Breakerd::Denied) { web(name: :web).get("/200") }
  end

  def test_what_fails_and_what_it_is_called_can_be_said
    web(name: ->(env) { "web-#{env.method}" }, failure: ->(env) { env.status == 404 }).get("/404")
    web(name: "all", exclude: Faraday::ConnectionFailed, failure: ->(_) { false }).get("/503")
    assert_equal(["report all ok 77 quiet", "report web-get fail 77 err=http-404 quiet"], told(2).sort)
    assert_raises(Faraday::ConnectionFailed) { web(name: "all", exclude: Faraday::ConnectionFailed).get("/close") }
    assert_equal(2, told(2).size)
  end
end if defined?(Breakerd::Faraday)
