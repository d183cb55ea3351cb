internal import BreakerCore

/// What the files and the command line say, before it is put together: ``configuration()`` resolves it.
struct ConfigurationDraft {
  /// An entry of `breakers`, or `defaults`.
  struct Block {
    /// Its settings, and where they stand.
    var layer: Layer
    /// The settings of its preset.
    var preset: Layer?
    var owner: String?
    var runbook: String?
    var reporters: Accounts?
    var reportersLocation: FileLocation?
    /// What it takes away of what `defaults` say.
    var off: Set<EntryKey> = []

    /// Whether all of it could be read; what is left of it may else contradict itself.
    var isSound = true

    /// The preset, then the block's own keys.
    var layers: [Layer] { (preset.map { [$0] } ?? []) + [layer] }

    /// What it says of a key that is none of its policy, else what `defaults` say.
    func value<Value>(_ key: EntryKey, _ path: KeyPath<Block, Value?>, else defaults: Block) -> Value? {
      off.contains(key) ? nil : self[keyPath: path] ?? defaults[keyPath: path]
    }
  }

  /// An entry of `breakers`.
  struct Entry {
    let pattern: NamePattern
    let text: String
    let location: FileLocation
    var block: Block
  }

  var daemon = DaemonSettings()
  var adminsLocation: FileLocation?
  var observersLocation: FileLocation?
  var defaults = Block(layer: Layer(source: .defaults))
  var commandLine = Layer(source: .commandLine)
  var entries: [Entry] = []
  /// The files that were read.
  var files: [String] = []
  /// Whether all files could be read; what is left may else contradict itself.
  var isComplete = true
  /// What is wrong with them, the first of it.
  private var problems: [ConfigurationProblem] = []
  /// How much is wrong.
  private(set) var problemCount = 0
  private var warnings: [ConfigurationProblem] = []
  private var warningCount = 0

  /// The most that is told. To find out what was meant takes time, and nobody reads a hundred thousand lines.
  static let mostTold = 100

  /// Adds what is wrong there.
  mutating func refuse(_ location: FileLocation?, _ message: @autoclosure () -> String) {
    problemCount += 1
    guard problems.count < Self.mostTold else { return }
    problems.append(ConfigurationProblem(location: location, message: message()))
  }

  /// Adds what is suspicious there.
  private mutating func warn(_ location: FileLocation?, _ message: @autoclosure () -> String) {
    warningCount += 1
    guard warnings.count < Self.mostTold else { return }
    warnings.append(ConfigurationProblem(location: location, message: message()))
  }

  /// The whole, resolved.
  ///
  /// - Throws: All problems, those found before too.
  consuming func configuration() throws(ConfigurationError) -> Configuration {
    guard isComplete else { throw error }
    let defaults = defaults.isSound ? resolvedDefaults(defaults.layers + [commandLine]) : nil
    let index = RuleIndex(entries.map(\.pattern))
    var rules: [Rule] = []
    for (number, entry) in entries.enumerated() {
      look(for: entry, number, in: index)
      // Where the defaults make no policy by themselves, nothing above them says anything new.
      if defaults != nil, entry.block.isSound, let rule = resolved(entry) { rules.append(rule) }
    }
    guard let defaults, problems.isEmpty else { throw error }
    if warningCount > warnings.count {
      warnings.append(
        ConfigurationProblem(location: nil, message: "\(warningCount - warnings.count) more warnings are not told"))
    }
    return Configuration(
      daemon: daemon, adminsLocation: adminsLocation, observersLocation: observersLocation, defaults: defaults,
      rules: rules, index: index, files: files,
      warnings: warnings)
  }

  /// All problems, by file and line.
  private var error: ConfigurationError {
    let order = Dictionary(files.enumerated().map { ($1, $0) }) { first, _ in first }
    func place(_ problem: ConfigurationProblem) -> (Int, Int, Int) {
      guard let location = problem.location else { return (-1, 0, 0) }
      return (order[location.file] ?? 0, location.line, location.column)
    }
    return ConfigurationError(
      problems: problems.sorted { place($0) < place($1) }, untold: problemCount - problems.count)
  }

  private mutating func resolvedDefaults(_ layers: [Layer]) -> Rule? {
    do throws(SettingError) {
      let rule = try Rule(
        pattern: "*", layers: layers, owner: defaults.owner, runbook: defaults.runbook, reporters: defaults.reporters,
        reportersLocation: defaults.reportersLocation)
      remark(on: rule, layers, areFinal: entries.isEmpty)
      return rule
    } catch {
      let location = location(of: error.key, in: layers)
      refuse(location, location == nil ? "--default: \(error.message)" : error.message)
      return nil
    }
  }

  private mutating func resolved(_ entry: Entry) -> Rule? {
    let block = entry.block
    let below = block.off.contains(.preset) ? [defaults.layer] : defaults.layers
    let layers = below + [commandLine] + block.layers
    do throws(SettingError) {
      let rule = try Rule(
        pattern: entry.text, layers: layers, owner: block.value(.owner, \.owner, else: defaults),
        runbook: block.value(.runbook, \.runbook, else: defaults),
        reporters: block.value(.reporters, \.reporters, else: defaults),
        reportersLocation: block.reportersLocation ?? defaults.reportersLocation, location: entry.location)
      remark(on: rule, block.layers, areFinal: true)
      return rule
    } catch {
      let own = location(of: error.key, in: block.layers)
      let blamed = own ?? location(of: error.key, in: layers) ?? entry.location
      let whose =
        own == nil && blamed != entry.location ? " (for the pattern \"\(entry.text)\" at \(entry.location))" : ""
      refuse(blamed, error.message + whose)
      return nil
    }
  }

  /// Warns of what `layers`, those of the rule itself, say in vain.
  private mutating func remark(on rule: Rule, _ layers: [Layer], areFinal: Bool) {
    for remark in rule.remarks(on: layers, areFinal: areFinal) {
      warn(location(of: remark.key.rawValue, in: layers) ?? rule.location, remark.message)
    }
  }

  /// Where the highest of `layers` sets what is to blame: a dotted key, or `trip` for all trip rules together; nil: not in a
  /// file.
  private func location(of key: String, in layers: [Layer]) -> FileLocation? {
    let keys = PolicyKey(rawValue: key).map { [$0] } ?? KeySet.tripRules.keys
    let layer = layers.last { layer in keys.contains { layer.settings[$0] != nil } }
    return keys.lazy.compactMap { layer?.locations[$0] }.first ?? layer?.location
  }

  /// Complains of an entry that no name ever reaches, since an earlier one matches them all.
  private mutating func look(for entry: Entry, _ number: Int, in index: RuleIndex) {
    guard let first = index.first(covering: entry.pattern), first < number else { return }
    let earlier = entries[first]
    if earlier.text == entry.text {
      refuse(entry.location, "the pattern \"\(entry.text)\" stands at \(earlier.location) already; keep one of them")
    } else {
      warn(
        entry.location,
        "\"\(entry.text)\" is never reached: \"\(earlier.text)\" at \(earlier.location) matches all its names; "
          + "put it before that")
    }
  }
}
