# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Reads the board, the file on which the daemon publishes its decisions (docs/board.md).
  #
  # The order of loads is: word, clock, status, heartbeat. x86-64 keeps it. On aarch64 the processor may load earlier what
  # comes later in the program; there the clock stands between them, which the system's own code reads behind a load
  # barrier. With the clock read before the heartbeat, a decision holds at the time of that reading, which lies within
  # the call.
  class Board
    MAGIC = "BRKBOARD"
    HEADER = "a8L<4Q<5"
    HEADER_BYTES = 64
    HEADER_SIZE = 4096
    SLOT_SIZE = 128
    LONGEST_PROBE = 32
    LONGEST_NAME = 104
    TICK = 10 * Clock::MILLISECOND
    NO_RETRY = 0xFFFF_FFFF
    ASK_BIT = 16

    # Where status and heartbeat are.
    STATUS = 128
    HEARTBEAT = 192
    # The status of a file that may be decided by.
    ALIVE = 1
    # How long a heartbeat is good for, in nanoseconds, and how far in the future it may lie.
    FRESH = 2 * Clock::SECOND
    AHEAD = 50 * Clock::MILLISECOND

    # What a state decides; open depends on the time. All others: ask.
    VERDICTS = { 1 => :allow, 2 => :deny, 3 => :deny, 4 => :deny, 5 => :allow, 6 => :allow }.freeze
    # What a refusal is called.
    REASONS = { 2 => "open", 3 => "half-open", 4 => "forced-open" }.freeze

    # What one look at a breaker has shown. +verdict+ is +:allow+, +:deny+, +:ask+ or +:gone+.
    Look = Struct.new(:verdict, :word, :now, :heartbeat) do
      def state = word & 15

      def generation = (word >> 8) & 0xFF_FFFF

      # What a word of the same decision and generation has in its lower half.
      def lower = word & 0xFFFF_FFFF
    end

    # The file is no board that can be read here.
    class Unreadable < StandardError
    end

    # What to read the file by.
    attr_reader :words

    # Opens the file at +path+, which must belong to +owner+ or root: who owns a file can cut it short while it is
    # mapped, and reading it then ends the process. +epoch+ is that of the daemon, if it has said so: a board of another
    # run is none to go by.
    #
    # @raise [SystemCallError, IOError] it cannot be opened
    # @raise [Unreadable]
    def initialize(path, owner, epoch = nil)
      # Struck by what another thread raises, Ruby would leave the file open, see Wire#close.
      Thread.handle_interrupt(Object => :never) do
        File.open(path, File::RDONLY | File::NOFOLLOW | File::NONBLOCK | File::BINARY) { |file| read(file, owner, epoch) }
      end
    end

    # Where a name's word is; 12 bytes on is its slow_ms. nil: it has no slot, or not yet.
    def find(name)
      wanted = self.class.fnv1a(@seed, name)
      LONGEST_PROBE.times do |step|
        offset = HEADER_SIZE + SLOT_SIZE * ((wanted + step) & (@slots - 1))
        found = @words.get_value(:u64, offset)
        return if found.zero?
        return offset + 8 if found == wanted && name_at(offset) == name.b
      end
      nil
    end

    # Decides by the word at a place that {#find} gave.
    def look(place)
      word = @words.get_value(:u64, place)
      now = Clock.now
      status = @words.get_value(:u64, STATUS)
      heartbeat = @words.get_value(:u64, HEARTBEAT)
      Look.new(verdict(word, now, status, heartbeat), word, now, heartbeat)
    end

    # In how many seconds to ask again about what was refused; nil: nobody knows.
    def retry_after(look)
      return if look.word >> 32 == NO_RETRY

      [retry_time(look.word) - look.now, 0].max.fdiv(Clock::SECOND)
    end

    # From how many milliseconds on a call is slow; 0: none is.
    def slow_ms(place) = @words.get_value(:u32, place + 12)

    # The hash of a name on a board with this seed.
    def self.fnv1a(seed, name)
      value = 0xCBF2_9CE4_8422_2325
      [seed].pack("Q<").each_byte { |byte| value = ((value ^ byte) * 0x100_0000_01B3) & 0xFFFF_FFFF_FFFF_FFFF }
      name.each_byte { |byte| value = ((value ^ byte) * 0x100_0000_01B3) & 0xFFFF_FFFF_FFFF_FFFF }
      value.zero? ? 1 : value
    end

    private

    def read(file, owner, epoch)
      check_file(file.stat, owner)
      @size = file.stat.size
      raise Unreadable, "too short" if @size < HEADER_BYTES

      read_header(file.pread(HEADER_BYTES, 0), epoch)
      @words = Words.of(file, @size)
    end

    def verdict(word, now, status, heartbeat)
      return :gone unless status == ALIVE && (now - heartbeat).between?(-AHEAD, FRESH)
      return :ask if word & ASK_BIT != 0
      return :ask if word & 15 == 2 && word >> 32 != NO_RETRY && now >= retry_time(word)

      VERDICTS.fetch(word & 15, :ask)
    end

    def retry_time(word) = @base + (word >> 32) * TICK

    def name_at(offset)
      length = @words.get_value(:u16, offset + 16)
      @words.get_string(offset + 24, [length, LONGEST_NAME].min)
    end

    def check_file(status, owner)
      raise Unreadable, "no ordinary file" unless status.file?
      return if [0, owner].include?(status.uid)

      raise Unreadable, "it belongs to uid #{status.uid}, not to the daemon's, #{owner}"
    end

    def read_header(header, epoch)
      magic, major, _, header_size, slot_size, @slots, @seed, its_epoch, @base, size = header.unpack(HEADER)
      unless magic == MAGIC && [major, header_size, slot_size] == [1, HEADER_SIZE, SLOT_SIZE]
        raise Unreadable, "no board of version 1"
      end
      unless @slots.positive? && (@slots & (@slots - 1)).zero? && size == HEADER_SIZE + SLOT_SIZE * @slots && size == @size
        raise Unreadable, "its sizes do not agree"
      end
      raise Unreadable, "it is of another run of the daemon" if epoch && epoch != its_epoch
    end
  end
  private_constant :Board
end
