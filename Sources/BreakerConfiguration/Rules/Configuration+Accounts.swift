extension Configuration {
  /// Users and groups that the configuration names and the host does not know, each once.
  ///
  /// Asks the host, as ``Accounts/lookUp()``.
  public func unknownAccounts() -> [ConfigurationProblem] {
    var told: Set<String> = []
    let daemon =
      unknownAdmins(among: daemon.admins.lookUp()) + unknownObservers(among: daemon.observers.lookUp())
    let rules = ([defaults] + rules).flatMap { rule in
      let unknown = rule.reporters?.lookUp().unknown ?? []
      return unknown.filter { told.insert($0).inserted }.map {
        ConfigurationProblem(location: rule.reportersLocation, message: "reporters: no \($0) here")
      }
    }
    return daemon + rules
  }

  /// Those of the admins whom the host does not know. The group that is meant where the file names none need not be there.
  public func unknownAdmins(among numbers: AccountNumbers) -> [ConfigurationProblem] {
    guard daemon.admins != DaemonSettings().admins else { return [] }
    return numbers.unknown.map { ConfigurationProblem(location: adminsLocation, message: "admins: no \($0) here") }
  }

  /// Those of the observers whom the host does not know.
  public func unknownObservers(among numbers: AccountNumbers) -> [ConfigurationProblem] {
    numbers.unknown.map { ConfigurationProblem(location: observersLocation, message: "observers: no \($0) here") }
  }
}
