/// The order in which the store keeps names: that of their bytes. Saved so, each page of the file is brought up once.
///
/// Names of a host often begin alike, and comparing them as a whole took longer than saving them. So they are compared
/// by the eight bytes after what all have in common, and as a whole only where these are the same.
struct NameOrder {
  private let key: UInt64
  private let place: Int

  /// The places of names in their order. All differ.
  static func places(of names: [String]) -> [Int] {
    guard names.count > 1 else { return Array(names.indices) }
    let common = commonPrefix(of: names)
    return names.indices
      .map { NameOrder(key: names[$0].word(after: common), place: $0) }
      .sorted { left, right in
        left.key == right.key ? names[left.place] < names[right.place] : left.key < right.key
      }
      .map(\.place)
  }

  /// How many bytes all names begin with alike.
  private static func commonPrefix(of names: [String]) -> Int {
    var first = names[0]
    return first.withUTF8 { first in
      var common = first.count
      for name in names {
        var name = name
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
