/// What the daemon can say of itself.
struct ServerFacts {
  /// The version of the program.
  let version: String
  /// A random number of this start, 16 hexadecimal digits: another epoch, another run.
  let epoch: String
  /// Where everybody connects.
  let socket: SocketPlace
  /// Where admins connect.
  let adminSocket: SocketPlace
  /// The database.
  let state: String
  /// Where copies of the database are put.
  let backups: String
  /// The user the daemon runs as.
  let uid: UInt32
  /// When it started.
  let start: ClockReading
}
