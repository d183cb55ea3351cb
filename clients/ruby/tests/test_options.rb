# frozen_string_literal: true

require_relative "support"

# What a client is made with.
class OptionsTest < Case
  def test_bad_names_are_refused_when_the_handle_is_made
    client = client(path("none"))
    ["", " ", "a b", "-a", ".a", "a\n", "é", "a" * 101, "a*", nil, 7, "\xFF", "api".encode("UTF-16LE")].each do |name|
      error = assert_raises(Breakerd::InvalidName, name.inspect) { client.breaker(name) }
      assert_same(name, error.name)
    end
    ["a", "_", "9", "payments-api.example.com:443/v1@eu", "a" * 100].each do |name|
      assert_equal(name, client.breaker(name).name)
    end
    assert_equal("api", client.breaker(:api).name)
    assert_equal("api", client.breaker("api".b).name)
  end

  def test_bad_options_are_refused
    endless = [Float::INFINITY, Float::NAN]
    { socket_path: ["a\0b", "\0a"], deadline: [0, -1, nil, *endless], flush_interval: [-1, 11, nil, *endless],
      on_unavailable: [:maybe, nil] }.each do |option, values|
      values.each do |value|
        error = assert_raises(ArgumentError, "#{option}: #{value.inspect}") { Breakerd::Client.new(option => value) }
        assert_includes(error.message, option.to_s)
      end
    end
    [[0, 1], [1, 0], [1, -1], [1, "1"], [1, 31_536_001], *endless.map { |time| [1, time] }].each do |failures, duration|
      assert_raises(ArgumentError) { Breakerd::Local.new(failures: failures, duration: duration) }
    end
    assert_equal(31_536_000, Breakerd::Local.new(duration: 31_536_000).duration)
  end

  def test_a_lease_that_is_no_time_is_refused_wherever_it_is_said
    api = client(path("none")).breaker("api")
    [Float::INFINITY, Float::NAN, "90", 0, -5, 31_536_001, 10**400].each do |lease|
      [-> { api.permit(lease: lease) }, -> { api.call(lease: lease) { flunk } }].each do |call|
        assert_includes(assert_raises(ArgumentError, &call).message, "lease")
      end
    end
  end

  def test_a_deadline_of_any_length_is_taken
    UNIXServer.open(path("s")) do |listening|
      listener = Thread.new { listening.accept.close }
      client = Breakerd::Client.new(socket_path: path("s"), logger: nil, deadline: 10**400)
      assert_equal(7, client.breaker("api").call { 7 })
      listener.join
    end
  end

  def test_a_client_is_not_copied
    client = client(path("none"))
    assert_same(client, client.dup)
    assert_same(client, client.clone)
  end

  def test_a_client_is_of_the_main_ractor
    program = <<~RUBY
      require #{File.expand_path("library", __dir__).inspect}
      print(Ractor.new do
        Breakerd::Client.new(socket_path: "/none").breaker("api").call { nil }
      rescue StandardError => error
        [error.class, error.message].join(": ")
      end.take)
    RUBY
    said = IO.popen([RbConfig.ruby, "-w", "-W:no-experimental", "-e", program], &:read)
    assert_equal("Ractor::IsolationError: a Breakerd::Client works in the main Ractor only", said)
  end

  def test_a_name_is_one_breaker_however_many_handles_it_has
    client = client(path("none"), on_unavailable: Breakerd::Local.new(failures: 2))
    2.times { client.breaker("api").permit.fail }
    assert_raises(Breakerd::Denied) { client.breaker("api", exclude: KeyError).permit }
  end

  def test_errors_of_the_library_can_be_told
    [Breakerd::DeniedCall.new("open"), Breakerd::InvalidName.new("?"), Breakerd::Unavailable.new("lost", "x")].each do |error|
      assert_kind_of(Breakerd::Error, error)
      assert_kind_of(StandardError, error)
    end
    assert_kind_of(ArgumentError, Breakerd::InvalidName.new("?"))
  end
end

# +on_unavailable: :local+: a small breaker of this process's own.
class LocalTest < Case
  def setup
    super
    @now = clock
  end

  def call(api, works)
    permit = api.permit
    works ? permit.ok : permit.fail
  end

  def assert_denied(api, retry_after)
    denied = assert_raises(Breakerd::Denied) { api.permit }
    assert_equal(["local", retry_after], [denied.reason, denied.retry_after])
    assert_equal("not-running", denied.cause.reason)
  end

  def test_five_failures_in_a_row_refuse_for_thirty_seconds
    api = client(path("none"), on_unavailable: :local).breaker("api")
    [false, false, false, false, true, false, false, false, false, false].each { |works| call(api, works) }
    assert_denied(api, 30.0)
    @now.advance(29.5)
    assert_denied(api, 0.5)
    @now.advance(0.5)
    probe = api.permit
    assert_denied(api, 30.0)
    probe.fail
    @now.advance(30)
    2.times { call(api, true) }
  end

  def test_its_numbers_can_be_chosen
    client = client(path("none"), on_unavailable: Breakerd::Local.new(failures: 2, duration: 1.5))
    %w[api other].each do |name|
      2.times { call(client.breaker(name), false) }
      assert_denied(client.breaker(name), 1.5)
    end
  end

  def test_other_choices
    20.times { call(client(path("none"), on_unavailable: :allow).breaker("api"), false) }
    denied = assert_raises(Breakerd::Denied) { client(path("none"), on_unavailable: :deny).breaker("api").permit }
    assert_equal(["unavailable", nil], [denied.reason, denied.retry_after])
    assert_instance_of(Breakerd::Unavailable, denied.cause)
  end
end
