import Foundation

/// A page of the documentation, whose tables are held against the code.
public struct DocumentationPage {
  let text: String

  /// The page at this path below the package's root.
  public init(_ path: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The rows of the table under a heading, without the table's head: those that begin with a piece of code.
  ///
  /// - Throws: ``Missing`` if there is no such heading.
  public func rows(under heading: String) throws -> [String] {
    guard let start = text.range(of: "\n\(heading)\n") else { throw Missing(heading: heading) }
    let rest = text[start.upperBound...]
    let section = rest[..<(rest.range(of: "\n## ")?.lowerBound ?? rest.endIndex)]
    return section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init)
  }

  /// A row: the first cell as code, the others as they are.
  public static func row(code: String, _ cells: String...) -> String {
    let all = ["`\(code)`"] + cells
    return "| " + all.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  /// A heading that is not on the page.
  public struct Missing: Error {
    let heading: String
  }
}
