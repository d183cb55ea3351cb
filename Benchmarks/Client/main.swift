// What a guarded call by the board costs, beside the clock that it reads and the counter that it keeps.
//
//     client-benchmark [ROUNDS]    prints a table: the median, and the tenth and ninetieth percentile, in nanoseconds
//     client-benchmark KIND CALLS  makes so many calls of a kind, to be counted by a tool: none, sync, slow, exact or async

import BreakerBoard
import BreakerClient
import Glibc
import Synchronization

let directory = "/tmp/client-benchmark-\(getpid())"
mkdir(directory, 0o700)
let daemon = try Daemon(in: directory)
daemon.start()

let calls = try Calls(socket: daemon.socket)
try await calls.warmUp()
if CommandLine.arguments.count > 2 {
  try await calls.make(CommandLine.arguments[1], Int(CommandLine.arguments[2]) ?? 0)
} else {
  try await calls.measure(rounds: CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 31)
}
await calls.client.shutdown()
for file in ["board", "breakerd.sock"] { unlink(directory + "/" + file) }
rmdir(directory)
