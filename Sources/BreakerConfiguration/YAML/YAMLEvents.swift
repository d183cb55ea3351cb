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
      case YAML_ALIAS_EVENT: throw YAMLError(message: Self.alias, position: position)
      case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.end, position)
      default: continue
      }
    }
  }

  private static let alias =
    "a value that begins with * refers to another one, which is not supported; write the value itself, "
    + "in quotes if it is a pattern, for example \"*-db\""

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
    let position = YAMLPosition(parser.problem_mark)
    if standsAtTab { return YAMLError(message: "a tab cannot stand here; indent with spaces", position: position) }
    let context = parser.context.map { String(cString: $0) } ?? ""
    let start = YAMLPosition(parser.context_mark)
    // A pattern without quotes, `*` or `*.db`, is to libyaml a reference without a name.
    if context == "while scanning an alias" { return YAMLError(message: Self.alias, position: start) }
    if context == "while scanning a quoted scalar" && problem == "found unexpected end of stream" {
      return YAMLError(message: "these quotes are never closed", position: start)
    }
    var message = "this is not YAML: \(problem)"
    if !context.isEmpty { message += " \(context)" }
    if !context.isEmpty && start.line < position.line { message += " that begins in line \(start.line)" }
    if let advice = Self.advice[problem] { message += "; \(advice)" }
    return YAMLError(message: message, position: position)
  }

  /// What to do about the problems that people run into.
  private static let advice = [
    "mapping values are not allowed in this context":
      "put quotes around a value with ': ' in it, and begin each key on a line of its own",
    "did not find expected key": "indent all keys of a block alike, and put nothing behind a value",
    "did not find expected '-' indicator": "indent all entries of a list alike",
    "did not find expected ',' or '}'": "write a comma, or close it",
    "did not find expected ',' or ']'": "write a comma, or close it",
    "did not find expected node content": "write a value, or close what is open",
    "could not find expected ':'": "write ': ' behind a key",
    "found character that cannot start any token": "put quotes around the value",
  ]

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
