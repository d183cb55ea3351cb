"""Files that are good, bad, and mended; and the level of the log."""

import re
import time

from bench import RULES
from service import SOCKETS, UNIT

FILE = "/etc/breakerd/breakerd.yaml"
FRAGILE = 'breakers:\n  - match: "fragile-*"\n    trip: {consecutive_failures: 2}\n    open: {duration: 1h}\n'
BAD = "defaults:\n  trip:\n    treshold: 3\n"
WHERE = f"{FILE}:3:5"


def reload(bench):
    """A good file is in force after `systemctl reload`; of a bad one nothing is, and everybody is told."""
    with bench.installed() as service:
        pid = service.main_pid()
        bench.assertRegex(service.fail("fragile-0", 2), r"^\+ok closed")
        service.machine.write(RULES, FRAGILE)
        begun = time.monotonic()
        service.systemctl("reload", UNIT)
        bench.note("reload", f"{(time.monotonic() - begun) * 1000:.0f} ms", "systemctl and all")
        bench.assertRegex(service.fail("fragile-1", 2), r"^\+ok open")

        mark = service.cursor()
        service.machine.write(FILE, BAD)
        refused = service.systemctl("reload", UNIT, check=False)
        bench.assertNotEqual(refused.code, 0, "the reload of a bad file has to fail")
        bench.assertTrue(service.is_active())
        bench.assertEqual(service.main_pid(), pid)
        bench.assertRegex(service.fail("fragile-2", 2), r"^\+ok open")
        journal = service.journal("--after-cursor", mark)
        bench.assertIn(WHERE, journal)
        bench.note("reload of a bad file", f"exit {refused.code}",
                   next(line for line in journal.splitlines() if WHERE in line))

        service.machine.write(FILE, "")
        service.systemctl("reload", UNIT)


def bad_start(bench):
    """With a bad file the service fails with 78 and is not started over and over; the sockets stay, and it mends itself."""
    with bench.installed() as service:
        mark = service.cursor()
        good = service.machine.read(FILE)
        service.machine.write(FILE, BAD)
        with bench.load(service, trippers=0) as figures:
            refused = service.systemctl("restart", UNIT, check=False)
            bench.assertNotEqual(refused.code, 0)
            time.sleep(bench.options.storm_seconds)
            for unit in SOCKETS:
                bench.assertTrue(service.is_active(unit), f"{unit} is gone")
            journal = service.journal("--after-cursor", mark)
            bench.assertIn(WHERE, journal)
            starts = len(re.findall(r"Main process exited, code=exited, status=78", journal))
            bench.note("starts with a bad file", starts, f"in {bench.options.storm_seconds:g} s with clients that knock")
            bench.assertLessEqual(starts, max(2, bench.options.storm_seconds / 4))
            _wait_for_status(bench, service, "78")
            bench.assertFalse(service.is_active())

            service.machine.write(FILE, good)
            seconds = service.wait_until_up()
            bench.note("back after the file is mended", f"{seconds:.1f} s", "by the next connection")
            bench.assertEqual(service.ask("ping"), ["+ok pong"])
        refused = figures["refused"] + figures["missing"] + figures["backlog_full"]
        bench.note("refused meanwhile", refused, f"of {figures['calls']}; {figures['deadline']} not answered in time")
        bench.check_lateness(figures)
        bench.assertEqual(refused, 0)


def _wait_for_status(bench, service, status):
    """Of the process that ran last. While the next one runs, it is 0."""
    end = time.monotonic() + 6
    while service.show("ExecMainStatus") != status:
        bench.assertLess(time.monotonic(), end, f"ExecMainStatus is {service.show('ExecMainStatus')}, not {status}")
        time.sleep(0.1)


def log_level(bench):
    """The level of the log changes at run time, and what it leaves out is not in the journal."""
    with bench.installed() as service:
        def logged(level, name):
            service.breakerctl("loglevel", level)
            mark = service.cursor()
            bench.assertRegex(service.fail(name, 5), r"^\+ok open")
            time.sleep(0.2)
            return name in service.journal("--after-cursor", mark)

        bench.assertTrue(logged("info", "told"))
        bench.assertFalse(logged("error", "untold"))
        bench.assertTrue(logged("info", "told-again"))


CASES = [reload, bad_start, log_level]
