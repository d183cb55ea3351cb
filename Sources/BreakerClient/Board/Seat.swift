/// Where a name is: the number of an opened board, and of a slot on it, in one word.
struct Seat: Equatable {
  let bits: UInt64

  /// It was not looked for yet.
  static let none = Seat(board: 0, slot: nil)

  private static let noSlot = UInt32.max

  init(bits: UInt64) { self.bits = bits }

  /// - Parameter slot: Nil: the name has none there.
  init(board: UInt32, slot: UInt32?) { bits = UInt64(board) << 32 | UInt64(slot ?? Self.noSlot) }

  /// The number of the board; 0: none.
  var board: UInt32 { UInt32(truncatingIfNeeded: bits >> 32) }
  /// The number of the slot, if it has one.
  var slot: UInt32 { UInt32(truncatingIfNeeded: bits) }
  /// Whether the name has a slot on that board.
  var hasSlot: Bool { slot != Self.noSlot }
}
