/// Which breakerd this is.
public enum Release {
  /// The version of the daemon, the command line tool and the client library, which come together.
  public static let version = "0.1.0"
}
