import Testing

/// A program that joins its standard input and output with a Unix socket, as people do by hand.
enum StreamTool: String, CaseIterable, CustomTestStringConvertible {
  case socat, nc, python3

  /// The first that is installed.
  static var any: StreamTool? { installed.first }

  /// All that are installed.
  static var installed: [StreamTool] { allCases.filter { Command.find($0.rawValue) != nil } }

  /// The command that joins them until both directions have ended.
  func command(_ path: String) -> [String] {
    switch self {
    case .socat: ["socat", "-t", "10", "-", "UNIX-CONNECT:\(path)"]
    case .nc: ["nc", "-N", "-U", path]
    case .python3: ["python3", "-c", Self.script, path]
    }
  }

  private static let script = """
    import os, socket, sys, threading
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(sys.argv[1])
    def forward():
        while data := os.read(0, 65536): peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
    threading.Thread(target=forward, daemon=True).start()
    while data := peer.recv(65536): os.write(1, data)
    """

  var testDescription: String { rawValue }
}
