# frozen_string_literal: true

module Breakerd
  # @!visibility private
  # Reads numbers and bytes of a board, mapped or by position. Both readers have IO::Buffer's methods +get_value+ and
  # +get_string+, so that a call by a mapping goes through nothing of ours.
  module Words
    # A reader of +size+ bytes of a file.
    def self.of(file, size)
      mapped(file, size) || Positional.new(file)
    end

    # A number must be read by one aligned load. IO::Buffer#get_value copies it by a memcpy of constant size, which every
    # compiler makes one load on x86-64 and aarch64, and the mapping and the offsets are aligned. The class is called
    # experimental, so a mapping is used only if it reads what the file says; nil: it does not.
    def self.mapped(file, size)
      return unless defined?(IO::Buffer) && IO::Buffer.respond_to?(:map)

      words = quietly { IO::Buffer.map(file, size, 0, IO::Buffer::READONLY) }
      magic, numbers = Board::MAGIC.unpack1("Q<"), file.pread(8, 16).unpack1("Q<")
      words if words.get_value(:u64, 0) == magic && words.get_value(:u64, 16) == numbers
    rescue NoMethodError, ArgumentError, TypeError
      nil
    end

    # Ruby warns once of what is experimental, on standard error.
    def self.quietly
      before = Warning[:experimental]
      Warning[:experimental] = false
      yield
    ensure
      Warning[:experimental] = before
    end
    private_class_method :quietly

    # Reads by a system call each time. A file system copies eight aligned bytes by one move on aarch64, and by one or by a
    # string instruction on x86-64, which nobody promises to be one; so a number counts if it was read twice.
    class Positional
      FORMATS = { u16: ["S<", 2], u32: ["L<", 4], u64: ["Q<", 8] }.freeze
      ATTEMPTS = 8

      def initialize(file)
        @file = file.dup
      end

      # 0, which no reader decides by, if it never was the same twice.
      def get_value(type, offset)
        format, size = FORMATS.fetch(type)
        last = @file.pread(size, offset)
        ATTEMPTS.times do
          this = @file.pread(size, offset)
          return this.unpack1(format) if this == last

          last = this
        end
        0
      rescue SystemCallError, IOError
        0
      end

      def get_string(offset, length)
        @file.pread(length, offset)
      rescue SystemCallError, IOError
        ""
      end
    end
  end
  private_constant :Words
end
