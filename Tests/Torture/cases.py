"""The cases, in the order in which they run, with how many seconds each may take in the short form and in the long one."""

import case_clock
import case_damage
import case_garbage
import case_host
import case_kill
import case_limits
import case_power
import case_soak
import case_storage

CASES = {
    "kill": (case_kill.kill, 60, 1500),
    "failpoint": (case_kill.failpoint, 60, 600),
    "power": (case_power.power, 80, 1500),
    "lying": (case_power.lying, 60, 60),
    "write": (case_storage.write, 60, 600),
    "fsync": (case_storage.fsync, 60, 600),
    "read": (case_storage.read, 60, 600),
    "full": (case_storage.full, 60, 600),
    "tmpfs": (case_storage.tmpfs, 60, 600),
    "damaged": (case_damage.damaged, 60, 900),
    "log-damage": (case_damage.log_damage, 30, 600),
    "foreign": (case_damage.foreign, 40, 60),
    "deleted": (case_damage.deleted, 60, 300),
    "readonly": (case_damage.readonly, 60, 60),
    "stopped": (case_storage.stopped, 60, 300),
    "clock": (case_clock.clock, 70, 600),
    "two": (case_host.two, 30, 120),
    "socket-gone": (case_host.socket_gone, 60, 60),
    "emfile": (case_limits.emfile, 40, 120),
    "greedy": (case_limits.greedy, 40, 120),
    "idle": (case_limits.idle, 40, 120),
    "watchers": (case_limits.watchers, 60, 200),
    "garbage": (case_garbage.garbage, 90, 900),
    "soak": (case_soak.soak, 80, 700),
}
