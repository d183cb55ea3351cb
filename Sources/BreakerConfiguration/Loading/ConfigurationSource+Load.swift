internal import Glibc

extension ConfigurationSource {
  /// The configuration that the source makes now.
  ///
  /// Reads files, so not for a thread that must not wait.
  ///
  /// - Throws: ``ConfigurationError`` with everything that is wrong.
  public func load() throws(ConfigurationError) -> Configuration {
    var reader = ConfigurationFileReader()
    if let file { read(file, reader: &reader) }
    return try finish(reader)
  }

  /// The configuration that `text` makes as the main file, with the ``defaults`` of this source and without conf.d.
  ///
  /// - Throws: ``ConfigurationError`` with everything that is wrong; it names the text ``file``, or `breakerd.yaml`.
  public func load(text: some Sequence<UInt8>) throws(ConfigurationError) -> Configuration {
    var reader = ConfigurationFileReader()
    reader.readMain(Array(text), of: file ?? "breakerd.yaml")
    return try finish(reader)
  }

  private func read(_ file: String, reader: inout ConfigurationFileReader) {
    attempt(&reader) { reader throws(ConfigurationFiles.Failure) in
      do throws(ConfigurationFiles.Failure) {
        reader.readMain(try ConfigurationFiles.read(file), of: file)
      } catch  where isOptional && (error.code == ENOENT || error.code == ENOTDIR) {
        // Then there is none.
      }
    }
    attempt(&reader) { reader throws(ConfigurationFiles.Failure) in
      for path in try ConfigurationFiles.additions(beside: file) {
        attempt(&reader) { reader throws(ConfigurationFiles.Failure) in
          reader.readAddition(try ConfigurationFiles.read(path), of: path)
        }
      }
    }
  }

  /// Notes a file that cannot be read, so that what is wrong with the others is told too.
  private func attempt(
    _ reader: inout ConfigurationFileReader,
    _ read: (inout ConfigurationFileReader) throws(ConfigurationFiles.Failure) -> Void
  ) {
    do throws(ConfigurationFiles.Failure) {
      try read(&reader)
    } catch {
      reader.draft.refuse(nil, error.message)
      reader.draft.isComplete = false
    }
  }

  private func finish(_ reader: consuming ConfigurationFileReader) throws(ConfigurationError) -> Configuration {
    var draft = reader.draft
    for (key, value) in defaults {
      do throws(SettingError) {
        try draft.commandLine.settings.set(key, to: value)
      } catch {
        draft.refuse(nil, "--default: \(error.message)")
      }
    }
    return try draft.configuration()
  }
}
