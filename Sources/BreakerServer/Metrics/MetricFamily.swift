internal import BreakerProtocol

/// A family of metrics in the text format of Prometheus: a name, and samples with the same labels.
struct MetricFamily<Subject>: Sendable {
  enum Kind {
    /// It only grows, but may begin anew.
    case counter
    case gauge
  }

  let name: StaticString
  let kind: Kind
  let help: StaticString
  /// Its samples, of one subject.
  let samples: @Sendable (Subject) -> [MetricSample]

  init(
    _ name: StaticString, _ kind: Kind, _ help: StaticString, _ samples: @escaping @Sendable (Subject) -> [MetricSample]
  ) {
    self.name = name
    self.kind = kind
    self.help = help
    self.samples = samples
  }

  /// A family of one sample without labels.
  init(_ name: StaticString, _ kind: Kind, _ help: StaticString, value: @escaping @Sendable (Subject) -> UInt64) {
    self.init(name, kind, help) { [MetricSample(value($0))] }
  }
}

/// One value of a family.
struct MetricSample {
  /// What tells it from the others of its family, beside the breaker's name.
  let label: (key: StaticString, value: String)?
  let value: String

  init(_ value: UInt64, _ key: StaticString, _ label: String) {
    self.label = (key, label)
    self.value = "\(value)"
  }

  init(_ value: UInt64) {
    label = nil
    self.value = "\(value)"
  }

  /// A time, in seconds.
  init(microseconds: Int64) {
    label = nil
    let fraction = String(abs(microseconds) % 1_000_000)
    value =
      "\(microseconds < 0 ? "-" : "")\(abs(microseconds) / 1_000_000)."
      + String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
  }
}

/// A page of metrics: rows, a line of the text format each.
struct MetricsPage {
  private(set) var rows = Rows()

  mutating func begin<Subject>(_ family: MetricFamily<Subject>) {
    rows.add { row in
      row.write(" # HELP ")
      row.write(family.name)
      row.write(" ")
      row.write(family.help)
    }
    rows.add { row in
      row.write(" # TYPE ")
      row.write(family.name)
      row.write(" ")
      row.write(family.kind == .counter ? "counter" : "gauge")
    }
  }

  /// - Parameter breaker: The name of the breaker that it tells of; names need no escapes. Nil: it tells of the daemon.
  mutating func add(_ sample: MetricSample, _ name: StaticString, of breaker: Bytes? = nil) {
    rows.add { row in
      row.write(" ")
      row.write(name)
      if breaker != nil || sample.label != nil {
        row.write("{")
        if let breaker {
          row.write("name=\"")
          row.write(String(decoding: breaker, as: UTF8.self))
          row.write(sample.label == nil ? "\"" : "\",")
        }
        if let label = sample.label {
          row.write(label.key)
          row.write("=\"")
          row.write(label.value)
          row.write("\"")
        }
        row.write("}")
      }
      row.write(" ")
      row.write(sample.value)
    }
  }
}
