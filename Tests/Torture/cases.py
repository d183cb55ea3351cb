"""The cases, in the order in which they run, with how many seconds each may take in the short form and in the long one."""

import case_kill
import case_power
import case_storage

CASES = {
    "kill": (case_kill.kill, 60, 1500),
    "failpoint": (case_kill.failpoint, 60, 600),
    "power": (case_power.power, 80, 1500),
    "write": (case_storage.write, 60, 600),
    "fsync": (case_storage.fsync, 60, 600),
    "read": (case_storage.read, 60, 600),
    "full": (case_storage.full, 60, 600),
    "tmpfs": (case_storage.tmpfs, 60, 600),
    "stopped": (case_storage.stopped, 60, 300),
}
