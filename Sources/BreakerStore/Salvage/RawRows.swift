/// Rows of `breakers`, looked for in the bytes of pages (https://www.sqlite.org/fileformat2.html): what SQLite cannot find its way to
/// any more. Every one is proven by its checksum, so nothing is taken for a row that is none.
///
/// A row can be there several times, since what is overwritten lies about for a while: that of the highest generation counts, and of
/// one generation the one written last.
struct RawRows {
  private(set) var rows: [String: BreakerRow] = [:]
  private let file: PageFile

  /// Those in `file`, without the names that `isKnown` says are known.
  init(in file: PageFile, except isKnown: (String) -> Bool) {
    self.file = file
    file.forEach { image in
      for row in Self.rows(of: image, file) where !isKnown(row.name) {
        if let other = rows[row.name], other.generation > row.generation { continue }
        rows[row.name] = row
      }
    }
  }

  /// The pages that hold rows of a table without row numbers: leaves, and what is above them.
  private static let (leaf, interior): (UInt8, UInt8) = (10, 2)
  /// Pages of `events` and `counters`.
  private static let others: [UInt8] = [5, 13]

  private static func rows(of image: PageFile.Image, _ file: PageFile) -> [BreakerRow] {
    let start = image.number == 1 ? 100 : 0
    let kind = image.bytes[start]
    guard !others.contains(kind), image.bytes.contains(where: { $0 != 0 }) else { return [] }
    if kind == leaf || kind == interior, let rows = listed(image.bytes, start, isLeaf: kind == leaf, file) {
      return rows
    }
    // The list of what is on the page is damaged: a row may begin anywhere.
    return (start..<image.bytes.count).compactMap { row(image.bytes, at: $0, file) }
  }

  /// The rows that the page's own list leads to; nil: the list makes no sense.
  private static func listed(_ page: [UInt8], _ start: Int, isLeaf: Bool, _ file: PageFile) -> [BreakerRow]? {
    let count = Int(page[start + 3]) << 8 | Int(page[start + 4])
    let first = start + (isLeaf ? 8 : 12)
    guard first + 2 * count <= page.count else { return nil }
    var rows: [BreakerRow] = []
    for index in 0..<count {
      let place = Int(page[first + 2 * index]) << 8 | Int(page[first + 2 * index + 1])
      // On a page above the leaves the number of the page below comes first.
      guard let row = row(page, at: place + (isLeaf ? 0 : 4), file) else { return nil }
      rows.append(row)
    }
    return rows
  }

  /// The row that begins here; nil: none does.
  private static func row(_ page: [UInt8], at place: Int, _ file: PageFile) -> BreakerRow? {
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
    return nameBytes.withUnsafeBytes { name in
      contentBytes.withUnsafeBytes { content in
        BreakerRow.checksum(name: name, content: content) == checksum ? BreakerRow(name: name, content: content) : nil
      }
    }
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
