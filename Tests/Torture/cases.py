"""The cases, in the order in which they run, with how many seconds each may take in the short form and in the long one."""

import case_kill
import case_power

CASES = {
    "kill": (case_kill.kill, 60, 1500),
    "failpoint": (case_kill.failpoint, 60, 600),
    "power": (case_power.power, 80, 1500),
}
