/// A length of time for people: milliseconds below a second, then tenths of seconds, then minutes and more.
struct Milliseconds: CustomStringConvertible {
  private let count: Int64

  init(_ count: Int64) { self.count = count }

  var description: String {
    if count < 1_000 { return "\(count) ms" }
    let tenths = (count + 99) / 100
    if tenths < 600 { return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s" }
    let seconds = (count + 999) / 1_000
    if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
  }
}
