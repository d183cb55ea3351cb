/// Where everything lies in a board's file: docs/board.md, in code. All numbers are little-endian.
///
/// A change here is a new version of the layout: readers in other languages rely on every number.
public enum BoardLayout {
  /// The first eight bytes of every board: `BRKBOARD`.
  public static let magic: UInt64 = 0x4452_414F_424B_5242
  /// The version; a reader that knows another one only does not use the file.
  public static let majorVersion: UInt32 = 1
  /// Additions that a reader may ignore.
  public static let minorVersion: UInt32 = 0
  /// Bytes before the first slot.
  @inlinable public static var headerSize: Int { 4_096 }
  /// Bytes of a slot.
  @inlinable public static var slotSize: Int { 128 }
  /// Slots of the smallest file that is written.
  public static let leastSlots = 1_024
  /// Places that a name may have, from the one its hash says on, around the end.
  public static let steps = 32
  /// Bytes that a name may have.
  public static let nameCapacity = 104
  /// How long after the last heartbeat the board may be relied on, in nanoseconds.
  @inlinable public static var patience: Int64 { 2_000_000_000 }
  /// How far ahead of the reader's clock the heartbeat may be, in nanoseconds: a coarse clock lags.
  @inlinable public static var lead: Int64 { 50_000_000 }

  /// Offsets from the start of the file.
  public enum Header {
    /// 8 bytes: ``BoardLayout/magic``.
    public static let magic = 0
    /// `u32`: ``BoardLayout/majorVersion``.
    public static let majorVersion = 8
    /// `u32`: ``BoardLayout/minorVersion``.
    public static let minorVersion = 12
    /// `u32`: ``BoardLayout/headerSize``.
    public static let headerSize = 16
    /// `u32`: ``BoardLayout/slotSize``.
    public static let slotSize = 20
    /// `u64`: how many slots there are, a power of two.
    public static let slots = 24
    /// `u64`: what the hash of every name begins with.
    public static let seed = 32
    /// `u64`: a number that each start of the daemon draws.
    public static let epoch = 40
    /// `u64`: what retry times are counted from, in nanoseconds of CLOCK_MONOTONIC.
    public static let base = 48
    /// `u64`: bytes of the whole file.
    public static let fileSize = 56
    /// `u64`: a ``BoardStatus``.
    @inlinable public static var status: Int { 128 }
    /// `u64`: when the daemon last said that it serves, in nanoseconds of CLOCK_MONOTONIC.
    @inlinable public static var heartbeat: Int { 192 }
    /// `u64`: how many changes have been published.
    public static let changes = 256
    /// `u64`: how many names have no slot.
    public static let overflow = 320
  }

  /// Offsets from the start of a slot.
  public enum Slot {
    /// `u64`: the hash of the name, stored last; 0: the slot is free.
    public static let hash = 0
    /// `u64`: a ``BoardWord``.
    @inlinable public static var word: Int { 8 }
    /// `u16`: bytes of the name.
    public static let nameLength = 16
    /// `u32`: from how many milliseconds on a call is slow; 0: none is.
    @inlinable public static var slowCall: Int { 20 }
    /// The name; zeros follow it.
    public static let name = 24
  }

  /// Bytes of a file with so many slots.
  static func fileSize(slots: Int) -> Int { headerSize + slots * slotSize }

  /// Where a slot begins.
  static func offset(slot: Int) -> Int { headerSize + slot * slotSize }
}

#if _endian(big)
  #error("a board is little-endian, and so must be who uses it by this module")
#endif
