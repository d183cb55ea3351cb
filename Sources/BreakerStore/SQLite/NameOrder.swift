/// The order in which the file keeps names: that of their bytes.
///
/// Names of a host often begin alike, and comparing them as a whole took longer than saving them. So they are compared
/// by the eight bytes after what all have in common, and as a whole only where these are the same.
struct NameOrder {
  private let key: UInt64
  private let place: Int

  /// The places of the rows, in the order of their names. Rows with one name stay in their own order.
  static func places(of rows: [BreakerRow]) -> [Int] {
    guard rows.count > 1 else { return Array(rows.indices) }
    let common = commonPrefix(of: rows)
    return rows.indices
      .map { NameOrder(key: rows[$0].name.word(after: common), place: $0) }
      .sorted { left, right in
        guard left.key == right.key else { return left.key < right.key }
        let (leftName, rightName) = (rows[left.place].name, rows[right.place].name)
        return leftName == rightName ? left.place < right.place : leftName < rightName
      }
      .map(\.place)
  }

  /// How many bytes all names begin with alike.
  private static func commonPrefix(of rows: [BreakerRow]) -> Int {
    var first = rows[0].name
    return first.withUTF8 { first in
      var common = first.count
      for row in rows {
        var name = row.name
        name.withUTF8 { name in
          common = min(common, name.count)
          var equal = 0
          while equal < common, name[equal] == first[equal] { equal += 1 }
          common = equal
        }
        if common == 0 { break }
      }
      return common
    }
  }
}

extension String {
  /// The eight bytes from this place on, the first the most significant, with zeros where there are none.
  fileprivate func word(after start: Int) -> UInt64 {
    var text = self
    return text.withUTF8 { bytes in
      var word: UInt64 = 0
      for place in start..<start + 8 { word = word << 8 | (place < bytes.count ? UInt64(bytes[place]) : 0) }
      return word
    }
  }
}
