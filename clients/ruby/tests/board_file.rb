# frozen_string_literal: true

# A board, written by hand.
class BoardFile
  CLOSED, OPEN, HALF_OPEN, FORCED_OPEN, FORCED_CLOSED, OBSERVE = *1..6
  NO_RETRY = 0xFFFF_FFFF

  attr_reader :path, :base

  def initialize(path, now, slots: 1024, seed: 7, epoch: 0xE)
    @slots = slots
    @seed = seed
    @base = now
    @size = 4096 + 128 * slots
    @file = File.open("#{path}.new", "w+b")
    @file.truncate(@size)
    @file.pwrite(["BRKBOARD", 1, 0, 4096, 128, slots, seed, epoch, now, @size].pack("a8L<4Q<5"), 0)
    self.status = 1
    beat(now)
    File.rename("#{path}.new", path)
  end

  def write(offset, number) = @file.pwrite([number & 0xFFFF_FFFF_FFFF_FFFF].pack("Q<"), offset)

  def read(offset) = @file.pread(8, offset).unpack1("Q<")

  def status=(status)
    write(128, status)
  end

  def beat(now) = write(192, now)

  # Publishes a word; +retry_at+ is in ticks since base.
  def put(name, state, generation: 77, ask: false, retry_at: NO_RETRY, slow_ms: 0)
    offset = slot(name)
    write(offset + 8, retry_at << 32 | (generation & 0xFF_FFFF) << 8 | (ask ? 16 : 0) | state)
    write(offset + 16, slow_ms << 32 | name.bytesize)
    @file.pwrite(name, offset + 24)
    write(offset, hash_of(name))
  end

  private

  def hash_of(name) = Case.internal(:Board).fnv1a(@seed, name)

  def slot(name)
    hash = hash_of(name)
    (0...@slots).each do |step|
      offset = 4096 + 128 * ((hash + step) & (@slots - 1))
      return offset if read(offset).zero? || @file.pread(104, offset + 24).delete_suffix("\0").sub(/\0+\z/, "") == name
    end
    raise "the board is full"
  end
end
