"""Restarts, deaths and hangs under load: nobody is refused, nothing that was announced is lost, no call waits for long."""

import random
import time

from bench import RULES_OF_LOAD
from service import UNIT


def restarts(bench):
    """`systemctl restart`, over and over."""
    _over_and_over(bench, bench.options.restarts, lambda service, pid: service.systemctl("restart", UNIT))


def kills(bench):
    """`kill -9` of the daemon, over and over, each when the service is up."""
    _over_and_over(bench, bench.options.kills, lambda service, pid: service.machine.run(["kill", "-9", str(pid)]))


def _over_and_over(bench, times, act):
    with bench.installed(rules=RULES_OF_LOAD) as service:
        checked, slowest, total = 0, 0.0, 0.0
        with bench.load(service) as figures:
            for _ in range(times):
                pid = service.main_pid()
                time.sleep(random.uniform(0, 0.2))
                begun = time.monotonic()
                act(service, pid)
                service.wait_until_up(not_pid=pid)
                took = time.monotonic() - begun
                slowest, total = max(slowest, took), total + took
                checked = bench.check_ledger(service)
        checked = bench.check_ledger(service)
        bench.note("times", times, f"up again after {total / times * 1000:.0f} ms on average, {slowest * 1000:.0f} at most")
        bench.check_load(figures, checked)


def watchdog(bench):
    """A daemon that is stopped in its tracks is killed by the watchdog, and comes back with all it had announced."""
    with bench.installed(rules=RULES_OF_LOAD) as service:
        service.drop_in("watchdog", "[Service]\nWatchdogSec=4s\n")
        service.systemctl("restart", UNIT)
        mark = service.cursor()
        with bench.load(service) as figures:
            time.sleep(9)
            pid = service.main_pid()
            bench.assertNotIn("Watchdog timeout", service.journal("--after-cursor", mark), "it did not say that it lives")
            service.machine.run(["kill", "-STOP", str(pid)])
            seconds = service.wait_until_up(not_pid=pid, patience=20)
            time.sleep(1)
        bench.assertIn("Watchdog timeout", service.journal("--after-cursor", mark))
        bench.note("back after SIGSTOP", f"{seconds:.1f} s", "with WatchdogSec=4s")
        bench.check_load(figures, bench.check_ledger(service))


CASES = [restarts, kills, watchdog]
