/// All of a row but its name, as the file keeps it: a few bytes in one column, quicker to write and to read than nine.
extension BreakerRow {
  /// See ``init(name:content:)``.
  var content: [UInt8] {
    var writer = NumberWriter(capacity: 64 + explanation.count + figures.count)
    writer.put(state)
    writer.put(generation)
    writer.put(sinceWall)
    writer.put(untilWall)
    writer.put(length)
    writer.put(openings)
    writer.put(overrides)
    writer.put(explanation)
    writer.put(figures)
    return writer.bytes
  }

  /// The row of a name and what ``content`` wrote; nil if that is damaged.
  init?(name: UnsafeRawBufferPointer, content: UnsafeRawBufferPointer) {
    var reader = NumberReader(content)
    guard let name = String(utf8: name), let state = reader.number(), let generation = reader.number(),
      let sinceWall = reader.number(), let untilWall = reader.optionalNumber(), let length = reader.optionalNumber(),
      let openings = reader.number(), let overrides = reader.data().flatMap({ String(utf8: $0) }),
      let explanation = reader.data(), let figures = reader.data(), reader.isAtEnd
    else { return nil }
    self.init(
      name: name, state: state, generation: generation, sinceWall: sinceWall, untilWall: untilWall, length: length,
      openings: openings, overrides: overrides, explanation: Array(explanation.bindMemory(to: UInt8.self)),
      figures: Array(figures.bindMemory(to: UInt8.self)))
  }

  /// The sum that goes with a name and a content.
  static func checksum(name: UnsafeRawBufferPointer, content: UnsafeRawBufferPointer) -> Int64 {
    var sum = Checksum()
    sum.add(name)
    sum.add(content)
    return sum.value
  }
}
