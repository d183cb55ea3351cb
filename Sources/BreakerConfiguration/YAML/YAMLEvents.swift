internal import CYaml

/// The events of one YAML document, read by libyaml one after the other.
///
/// Nothing is built, so a document costs no more than its bytes, however it is nested or refers to itself.
final class YAMLEvents {
  /// What comes next in the document.
  enum Event {
    case documentStart
    case scalar(String, isQuoted: Bool)
    case sequenceStart
    case sequenceEnd
    case mappingStart
    case mappingEnd
    case end
  }

  private var parser = yaml_parser_t()
  private let text: UnsafeBufferPointer<UInt8>

  /// Reads `text`, which must outlive this.
  init(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
    yaml_parser_initialize(&parser)
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(&parser, text.baseAddress, text.count)
  }

  deinit { yaml_parser_delete(&parser) }

  /// The next event, and where it begins.
  ///
  /// - Throws: ``YAMLError`` if the text is no YAML, or refers to other parts of itself.
  func next() throws(YAMLError) -> (event: Event, position: YAMLPosition) {
    while true {
      var raw = yaml_event_t()
      guard yaml_parser_parse(&parser, &raw) == 1 else { throw error() }
      defer { yaml_event_delete(&raw) }
      let position = YAMLPosition(raw.start_mark)
      switch raw.type {
      case YAML_DOCUMENT_START_EVENT: return (.documentStart, position)
      case YAML_SCALAR_EVENT:
        let scalar = raw.data.scalar
        try refuse(anchor: scalar.anchor, tag: scalar.tag, position)
        let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
        return (
          .scalar(String(decoding: bytes, as: UTF8.self), isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE), position
        )
      case YAML_SEQUENCE_START_EVENT:
        try refuse(anchor: raw.data.sequence_start.anchor, tag: raw.data.sequence_start.tag, position)
        return (.sequenceStart, position)
      case YAML_MAPPING_START_EVENT:
        try refuse(anchor: raw.data.mapping_start.anchor, tag: raw.data.mapping_start.tag, position)
        return (.mappingStart, position)
      case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, position)
      case YAML_MAPPING_END_EVENT: return (.mappingEnd, position)
      case YAML_ALIAS_EVENT:
        throw YAMLError(
          message: "a value that begins with * refers to another one, which is not supported; write the value itself, "
            + "in quotes if it is a pattern, for example \"*-db\"", position: position)
      case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.end, position)
      default: continue
      }
    }
  }

  private func refuse(
    anchor: UnsafeMutablePointer<UInt8>?, tag: UnsafeMutablePointer<UInt8>?, _ position: YAMLPosition
  ) throws(YAMLError) {
    if anchor != nil {
      throw YAMLError(
        message:
          "a value that begins with & is an anchor, which is not supported; leave it out, or put quotes around the value",
        position: position)
    }
    if tag != nil {
      throw YAMLError(
        message:
          "a value that begins with ! is a tag, which is not supported; leave it out, or put quotes around the value",
        position: position)
    }
  }

  /// Why libyaml stopped.
  private func error() -> YAMLError {
    let problem = parser.problem.map { String(cString: $0) } ?? "no memory is left"
    if parser.error == YAML_READER_ERROR {
      return YAMLError(
        message: "this is not UTF-8 text: \(problem)", position: position(ofByte: Int(parser.problem_offset)))
    }
    if problem.hasPrefix("Maximum nesting level") {
      return .tooDeep(YAMLPosition(parser.problem_mark))
    }
    let context = parser.context.map { " \(String(cString: $0))" } ?? ""
    return YAMLError(
      message: standsAtTab ? "a tab cannot stand here; indent with spaces" : "this is not YAML: \(problem)\(context)",
      position: YAMLPosition(parser.problem_mark))
  }

  /// Whether libyaml stopped at a tab.
  private var standsAtTab: Bool {
    guard parser.unread > 0, parser.problem_mark.index == parser.mark.index else { return false }
    return parser.buffer.pointer?.pointee == UInt8(ascii: "\t")
  }

  private func position(ofByte offset: Int) -> YAMLPosition {
    let before = text.prefix(offset)
    let line = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).last ?? []
    let lines = before.count { $0 == UInt8(ascii: "\n") }
    // Bytes that go on with a character do not count.
    return YAMLPosition(
      line: UInt32(clamping: lines + 1), column: UInt32(clamping: line.count { $0 & 0xC0 != 0x80 } + 1))
  }
}

extension YAMLPosition {
  fileprivate init(_ mark: yaml_mark_t) {
    line = UInt32(clamping: mark.line + 1)
    column = UInt32(clamping: mark.column + 1)
  }
}
