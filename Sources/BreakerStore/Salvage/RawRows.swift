/// Rows of `breakers`, looked for in the bytes of pages (https://www.sqlite.org/fileformat2.html): what SQLite cannot find its way to
/// any more. Every one is proven by its checksum, so nothing is taken for a row that is none.
///
/// A row can be there several times, since what is overwritten lies about for a while: that of the highest generation counts, and of
/// one generation the one written last.
struct RawRows {
  private(set) var rows: [String: BreakerRow] = [:]
  private let file: PageFile

  /// Those in `file`, without those of which `isKnown` says that they are known as they are or newer.
  init(in file: PageFile, except isKnown: (BreakerRow) -> Bool) {
    self.file = file
    for number in file.numbers {
      file.images(of: number) { image in
        let (found, isWhole) = Self.rows(of: image, number, file)
        for row in found where !isKnown(row) {
          if let other = rows[row.name], other.generation >= row.generation { continue }
          rows[row.name] = row
        }
        return isWhole
      }
    }
  }

  /// The pages that hold rows of a table without row numbers: leaves, and what is above them.
  private static let (leaf, interior): (UInt8, UInt8) = (10, 2)
  /// Pages of `events` and `counters`.
  private static let others: [UInt8] = [5, 13]

  /// The rows on a page, and whether there can be no others.
  private static func rows(of page: [UInt8], _ number: Int, _ file: PageFile) -> (rows: [BreakerRow], isWhole: Bool) {
    let start = number == 1 ? 100 : 0
    let kind = page[start]
    // What it says to be can be damaged too: a page all of whose rows are proven to be breakers holds breakers.
    if others.contains(kind) { return (listed(page, start, isLeaf: true, file) ?? [], true) }
    guard page.contains(where: { $0 != 0 }) else { return ([], false) }
    if kind == leaf || kind == interior, let rows = listed(page, start, isLeaf: kind == leaf, file) {
      return (rows, true)
    }
    // The list of what is on the page is damaged: a row may begin anywhere.
    return ((start..<page.count).compactMap { row(page, at: $0, file)?.row }, false)
  }

  /// The rows that the page's own list leads to; nil: the list makes no sense, or does not lead to all that takes room.
  private static func listed(_ page: [UInt8], _ start: Int, isLeaf: Bool, _ file: PageFile) -> [BreakerRow]? {
    func number(_ place: Int) -> Int { Int(page[place]) << 8 | Int(page[place + 1]) }
    let count = number(start + 3)
    let first = start + (isLeaf ? 8 : 12)
    guard first + 2 * count <= page.count else { return nil }
    var rows: [BreakerRow] = []
    var places: Set<Int> = []
    var taken = Int(page[start + 7])
    for index in 0..<count {
      let place = number(first + 2 * index)
      // On a page above the leaves the number of the page below comes first.
      guard places.insert(place).inserted, let found = row(page, at: place + (isLeaf ? 0 : 4), file) else { return nil }
      rows.append(found.row)
      taken += max(found.size + (isLeaf ? 0 : 4), 4)
    }
    // Between the rows there are pieces of room, each of which says where the next is, and how large it is itself.
    var piece = number(start + 1)
    while piece > 0, piece + 4 <= page.count, places.insert(piece).inserted {
      taken += number(piece + 2)
      piece = number(piece)
    }
    let beginning = number(start + 5)
    return taken + (beginning == 0 ? 65_536 : beginning) == file.usable ? rows : nil
  }

  /// The row that begins here, and how much of the page it takes; nil: none does.
  private static func row(_ page: [UInt8], at place: Int, _ file: PageFile) -> (row: BreakerRow, size: Int)? {
    var reader = ByteReader(page[min(place, page.count)...])
    // A name of 1 to 100 bytes, a content, a checksum.
    guard let size = reader.varint(), (8...(1 << 24)).contains(size), let payload = payload(&reader, size, file) else {
      return nil
    }
    var record = ByteReader(payload[...])
    guard let header = record.varint(), (4...16).contains(header), let name = record.varint(), name >= 15,
      name % 2 == 1,
      name <= 13 + 2 * 100, let content = record.varint(), content >= 12, content % 2 == 0, let sum = record.varint(),
      let sumBytes = [1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0][sum], record.taken == header,
      let nameBytes = record.bytes((name - 13) / 2), let contentBytes = record.bytes((content - 12) / 2),
      let sumData = record.bytes(sumBytes), record.isAtEnd
    else { return nil }
    let checksum = sum == 9 ? 1 : sum == 8 ? 0 : Self.integer(sumData)
    let row = nameBytes.withUnsafeBytes { name in
      contentBytes.withUnsafeBytes { content in
        BreakerRow.checksum(name: name, content: content) == checksum ? BreakerRow(name: name, content: content) : nil
      }
    }
    return row.map { ($0, reader.taken) }
  }

  /// What belongs to a row, as far as it is on its page, and on those that it goes on on.
  private static func payload(_ reader: inout ByteReader, _ size: Int, _ file: PageFile) -> [UInt8]? {
    let usable = file.usable
    let most = (usable - 12) * 64 / 255 - 23
    let least = (usable - 12) * 32 / 255 - 23
    guard size > most else { return reader.bytes(size).map { Array($0) } }
    let rest = least + (size - least) % (usable - 4)
    guard var payload = reader.bytes(rest <= most ? rest : least).map({ Array($0) }), var next = reader.bytes(4) else {
      return nil
    }
    while payload.count < size {
      guard let page = file.page(Int(Self.integer(next))) else { return nil }
      payload += page[4..<min(usable, 4 + size - payload.count)]
      next = page[0..<4]
    }
    return payload
  }

  /// Bytes as SQLite writes integers, the highest first, with their sign.
  private static func integer(_ bytes: ArraySlice<UInt8>) -> Int64 {
    guard let first = bytes.first else { return 0 }
    return bytes.dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
  }
}

/// Takes bytes one after the other.
private struct ByteReader {
  private var rest: ArraySlice<UInt8>
  private let start: Int

  init(_ bytes: ArraySlice<UInt8>) {
    rest = bytes
    start = bytes.startIndex
  }

  var taken: Int { rest.startIndex - start }
  var isAtEnd: Bool { rest.isEmpty }

  mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// A number of SQLite's, of up to four bytes here: no size is larger.
  mutating func varint() -> Int? {
    var number = 0
    for _ in 0..<4 {
      guard let byte = rest.popFirst() else { return nil }
      number = number << 7 | Int(byte & 0x7F)
      if byte < 0x80 { return number }
    }
    return nil
  }
}
