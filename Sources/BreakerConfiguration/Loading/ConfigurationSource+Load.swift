extension ConfigurationSource {
  /// The configuration that the source makes now.
  ///
  /// Reads files, so not for a thread that must not wait.
  ///
  /// - Throws: ``ConfigurationError`` with everything that is wrong.
  public func load() throws(ConfigurationError) -> Configuration {
    var draft = ConfigurationDraft()
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
