"""Restarts, deaths and hangs under load: nobody is refused, nothing that was announced is lost, no call waits for long."""

import json
import random
import subprocess
import time

from bench import CROWD, RULES_OF_LOAD
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


def crowd(bench):
    """Hundreds of connections wait while the daemon starts: none is turned away by a full backlog, and all are answered."""
    with bench.installed() as service:
        # Less time for the backlog to fill up for good.
        service.drop_in("at-once", "[Service]\nRestartSec=1ms\n")
        total = {"made": 0, "backlog_full": 0, "refused": 0, "answered": 0}
        for _ in range(bench.options.crowds):
            pid = service.main_pid()
            service.machine.run(["kill", "-STOP", str(pid)])
            processes = [service.machine.start(["python3", CROWD], user="member", stdin=subprocess.PIPE) for _ in range(2)]
            for process in processes:
                bench.assertEqual(process.stderr.readline(), b"running\n")
            service.machine.run(["kill", "-9", str(pid)])
            service.wait_until_up(not_pid=pid)
            for process in processes:
                process.stdin.close()
                process.stdin = None
            for process in processes:
                stdout, stderr = process.communicate(timeout=30)
                bench.assertEqual(process.returncode, 0, stderr.decode())
                service.machine.forget(process)
                total = {key: total[key] + count for key, count in json.loads(stdout).items()}
        bench.note("connections", total["made"], f"in {bench.options.crowds} starts; {total['answered']} answered")
        bench.note("turned away", total["backlog_full"] + total["refused"],
                   f"{total['backlog_full']} by a full backlog, {total['refused']} otherwise")
        bench.assertEqual((total["backlog_full"], total["refused"]), (0, 0), "connections are turned away")
        bench.assertEqual(total["answered"], total["made"])


CASES = [restarts, kills, watchdog, crowd]
