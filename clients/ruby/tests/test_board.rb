# frozen_string_literal: true

require_relative "support"
require_relative "board_file"

# The board, read from files that are what they should be, and from such as are not.
class BoardTest < Case
  Board = internal(:Board)
  Words = internal(:Words)
  CLOSED, OPEN, HALF_OPEN, FORCED_OPEN, FORCED_CLOSED, OBSERVE = *1..6

  def setup
    super
    @now = clock
    @file = BoardFile.new(path("board"), @now.now)
    @uid = Process.euid
  end

  def open_board(epoch: nil) = Board.new(path("board"), @uid, epoch)

  # Each test of what is read goes by the mapping, and by position.
  def each_reader
    yield open_board
    positional = open_board
    File.open(path("board")) { |file| positional.instance_variable_set(:@words, Words::Positional.new(file)) }
    yield positional
  end

  def verdict(board, name = "api") = board.look(board.find(name)).verdict

  def test_names_have_the_hashes_of_the_documentation
    {
      [0, ""] => 0xA8C7F832281A39C5, [0, "api"] => 0xAB4FFADB623BA927, [1, "api"] => 0xB5DBBCE48484F83C,
      [18446744073709551615, "payments-api.example.com"] => 0xA46686A788ABCDA0
    }.each { |(seed, name), expected| assert_equal(expected, Board.fnv1a(seed, name), name) }
  end

  def test_a_whole_one_is_mapped
    assert_nil(open_board.find("api"))
    assert_instance_of(IO::Buffer, open_board.words)
  end

  def test_what_is_no_board_is_not_opened
    whole = File.binread(path("board"))
    changed = {
      "magic" => [0, "BRKBOARX"], "major version" => [8, [2].pack("L<")], "header size" => [16, [8192].pack("L<")],
      "slot size" => [20, [64].pack("L<")], "no slots" => [24, [0].pack("Q<")], "no power of two" => [24, [1000].pack("Q<")],
      "more slots than there are" => [24, [2048].pack("Q<")], "slots beyond measure" => [24, [1 << 63].pack("Q<")],
      "file size" => [56, [4096].pack("Q<")]
    }
    files = changed.transform_values { |at, bytes| whole.dup.tap { |content| content[at, bytes.bytesize] = bytes.b } }
    files.update("nothing" => "", "half a header" => whole[0, 40], "only a header" => whole[0, 4096],
                 "cut" => whole[0..-2], "long" => "#{whole}\0")
    files.each do |what, content|
      File.binwrite(path("board"), content)
      assert_raises(Board::Unreadable, what) { open_board }
    end
  end

  def test_a_later_minor_version_is_read
    File.open(path("board"), "r+b") { |file| file.pwrite([9].pack("L<"), 12) }
    open_board
  end

  def test_what_is_no_file_is_not_opened
    File.rename(path("board"), path("elsewhere"))
    assert_raises(Errno::ENOENT) { open_board }
    File.symlink(path("elsewhere"), path("board"))
    assert_raises(Errno::ELOOP) { open_board }
    File.unlink(path("board"))
    # Whoever opened it to read would wait for a writer.
    File.mkfifo(path("board"))
    assert_raises(Board::Unreadable) { open_board }
  end

  def test_the_board_of_another_user_is_not_opened
    skip("to give a file away takes root") unless @uid.zero?
    File.chown(12345, nil, path("board"))
    assert_raises(Board::Unreadable) { open_board }
    @uid = 12345
    open_board
    File.chown(0, nil, path("board"))
    open_board
  end

  def test_the_board_of_another_run_is_not_opened
    open_board(epoch: 0xE)
    assert_raises(Board::Unreadable) { open_board(epoch: 0xF) }
  end

  def test_each_state_decides
    rows = { 0 => :ask, CLOSED => :allow, OPEN => :deny, HALF_OPEN => :deny, FORCED_OPEN => :deny, FORCED_CLOSED => :allow,
             OBSERVE => :allow }
    (7..15).each { |state| rows[state] = :ask }
    each_reader do |board|
      rows.each do |state, expected|
        @file.put("api", state)
        assert_equal(expected, verdict(board), state)
        @file.put("api", state, ask: true)
        assert_equal(:ask, verdict(board), state)
      end
    end
  end

  def test_bits_that_mean_nothing_are_passed_over
    @file.put("api", CLOSED, generation: 0xABCDEF)
    each_reader do |board|
      place = board.find("api")
      @file.write(place, @file.read(place) | 0b111 << 5)
      look = board.look(place)
      assert_equal([:allow, 0xABCDEF], [look.verdict, look.generation])
    end
  end

  def test_open_is_asked_about_from_its_retry_time_on
    @file.put("api", OPEN, retry_at: 300)
    each_reader do |board|
      @now.now = @file.base
      @file.beat(@now.now)
      look = board.look(board.find("api"))
      assert_equal([:deny, 3.0], [look.verdict, board.retry_after(look)])
      { 2.999999 => :deny, 3.0 => :ask }.each do |after, expected|
        @now.now = @file.base + (after * SECOND).round
        @file.beat(@now.now)
        assert_equal(expected, verdict(board), after)
      end
    end
  end

  def test_open_without_a_retry_time_stays_refused
    @file.put("api", OPEN)
    @now.advance(1e9)
    @file.beat(@now.now)
    each_reader do |board|
      look = board.look(board.find("api"))
      assert_equal([:deny, nil], [look.verdict, board.retry_after(look)])
    end
  end

  def test_only_a_live_file_with_a_recent_heartbeat_decides
    @file.put("api", CLOSED)
    ages = { 0 => :allow, 2 * SECOND => :allow, 2 * SECOND + 1 => :gone, -50 * MILLISECOND => :allow,
             -50 * MILLISECOND - 1 => :gone, 1 << 62 => :gone, -(1 << 62) => :gone }
    each_reader do |board|
      ages.each do |age, expected|
        @file.beat(@now.now - age)
        assert_equal(expected, verdict(board), age)
      end
      @file.beat(@now.now)
      [0, 2, 3, 4, 1 << 40].each do |status|
        @file.status = status
        assert_equal(:gone, verdict(board), status)
      end
      @file.status = 1
    end
  end

  def test_names_that_collide_are_told_apart
    names = Array.new(700) { |number| "name-#{number}" }
    names.each_with_index { |name, number| @file.put(name, CLOSED, generation: number) }
    each_reader do |board|
      generations = names.map { |name| (place = board.find(name)) && board.look(place).generation }
      found = generations.each_with_index.select { |generation, _| generation }
      assert(found.all? { |generation, number| generation == number })
      assert_operator(found.size, :>, 600)
      assert_nil(board.find("another"))
    end
  end

  def test_a_full_board_ends_the_search
    1024.times { |slot| @file.write(4096 + 128 * slot, 12345) }
    assert_nil(open_board.find("api"))
  end

  def test_a_name_of_a_false_length_is_not_found
    @file.put("api", CLOSED)
    each_reader do |board|
      @file.put("api", CLOSED)
      place = board.find("api")
      [0, 2, 4, 104, 105, 0xFFFF].each do |length|
        @file.write(place + 8, length)
        assert_nil(board.find("api"), length)
      end
    end
  end
end
