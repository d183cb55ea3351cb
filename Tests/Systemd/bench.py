"""What the cases stand on: a package, a machine to put it on, load, and a table of figures."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from contextlib import contextmanager

from machine import Machine
from service import Service

HERE = os.path.dirname(os.path.abspath(__file__))
TOOL = "/usr/local/lib/breakerd-test/load.py"
CROWD = "/usr/local/lib/breakerd-test/crowd.py"
LEDGER = "/var/tmp/breakerd-test/ledger"
RULES = "/etc/breakerd/conf.d/50-test.yaml"
# Trips that still hold when they are looked for.
RULES_OF_LOAD = """\
breakers:
  - match: "trip-*"
    trip: {consecutive_failures: 1}
    open: {duration: 1h}
"""


class Bench(unittest.TestCase):
    """Given to each case; has the assertions of unittest."""

    maxDiff = None

    def __init__(self, options):
        super().__init__()
        self.options = options
        self.case = None
        self.table = []         # rows: case, what, value, note

    def runTest(self):
        pass

    # Figures

    def note(self, what, value, note=""):
        self.table.append((self.case, what, value, note))

    def goal(self, what, value, goal, unit, detail=""):
        """Notes a figure beside its goal. On a busy machine it may be missed; with --strict that fails."""
        missed = value > goal
        self.note(what, f"{value:g} {unit}",
                  f"goal: at most {goal:g}{', MISSED' if missed else ''}{', ' + detail if detail else ''}")
        if self.options.strict:
            self.assertLessEqual(value, goal, f"{what}: {value:g} {unit}, and not at most {goal:g}")

    def print_table(self):
        rows = [(case, what, str(value), note) for case, what, value, note in self.table]
        widths = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
        for row in rows:
            print("  ".join([cell.ljust(width) for cell, width in zip(row, widths)] + [row[3]]).rstrip())

    # Machines and packages

    @contextmanager
    def booted(self):
        with Machine(layout=self.options.layout) as machine:
            service = Service(machine)
            machine.copy_in(os.path.join(HERE, "load.py"), TOOL, "0755")
            machine.copy_in(os.path.join(HERE, "crowd.py"), CROWD, "0755")
            service.purge_what_the_host_has()
            try:
                yield service
            except Exception:
                print(service.what_happened())
                raise

    @contextmanager
    def installed(self, deb=None, rules=None):
        with self.booted() as service:
            service.install(deb or self.options.deb)
            service.add_users()
            if rules:
                service.machine.write(RULES, rules)
                service.machine.run(["systemctl", "reload", "breakerd.service"])
            yield service

    @contextmanager
    def older_package(self):
        """The one that was given, or this one with a lower version."""
        if self.options.old_deb:
            yield self.options.old_deb
            return
        scratch = tempfile.mkdtemp(prefix="breakerd-older-")
        try:
            tree, older = os.path.join(scratch, "tree"), os.path.join(scratch, "older.deb")
            subprocess.run(["dpkg-deb", "-R", self.options.deb, tree], check=True)
            control = os.path.join(tree, "DEBIAN", "control")
            with open(control) as file:
                lines = ["Version: 0.0.0~older-1\n" if line.startswith("Version:") else line for line in file]
            with open(control, "w") as file:
                file.writelines(lines)
            subprocess.run(["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", tree, older], check=True,
                           stdout=subprocess.DEVNULL)
            yield older
        finally:
            shutil.rmtree(scratch)

    # Load

    @contextmanager
    def load(self, service, callers=None, trippers=2, user="member"):
        """Runs meanwhile; gives a dictionary that has the figures after the end."""
        machine, figures = service.machine, {}
        machine.run(["install", "-d", "-o", user, os.path.dirname(LEDGER)])
        process = machine.start(
            ["python3", TOOL, "run", "--ledger", LEDGER, "--callers", str(callers or self.options.callers),
             "--trippers", str(trippers), "--deadline", str(self.options.deadline_ms)], user=user, stdin=subprocess.PIPE)
        try:
            self.assertEqual(process.stderr.readline(), b"running\n")
            time.sleep(0.3)
            yield figures
            stdout, stderr = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 0, stderr.decode())
            figures.update(json.loads(stdout))
        finally:
            if process.poll() is not None:
                machine.forget(process)

    def check_ledger(self, service):
        """How many acknowledged trips are there; fails if one is lost."""
        said = service.machine.run(["python3", TOOL, "check", "--ledger", LEDGER], user="member", timeout=60)
        ledger = json.loads(said.stdout)
        self.assertEqual((ledger["lost"][:5], ledger["unanswered"]), ([], 0),
                         f"{len(ledger['lost'])} of {ledger['asked']} acknowledged trips are lost")
        return ledger["asked"]

    def check_load(self, figures, checked):
        """Nothing refused, no call late; and all of it in the table."""
        refused = {key: figures[key] for key in ("refused", "missing", "forbidden", "backlog_full", "other")}
        self.note("calls", figures["calls"], f"{figures['answered']} answered, {figures['deadline']} not in time, "
                  f"{figures['ended']} ended, {figures['again']} sent again on a new connection")
        self.note("refused", sum(refused.values()),
                  ", ".join(f"{count} {key}" for key, count in refused.items() if count))
        self.note("trips acknowledged", figures["acknowledged"], f"0 lost of {checked} looked for, {figures['unsaved']} "
                  f"said unsaved, {figures['not_known']} without an answer")
        self.check_lateness(figures)
        self.assertEqual(sum(refused.values()), 0, refused)
        self.assertEqual(figures["odd"], [])
        # Some are made while the daemon starts.
        self.assertGreater(figures["answered"], figures["calls"] / 2)
        self.assertGreater(figures["acknowledged"], 0)

    def check_lateness(self, figures):
        """How late calls came back: by the clock, and without what a busy machine has added."""
        own = figures["worst_over_own_ms"]
        self.goal("over the deadline", round(figures["worst_over_ms"], 1), self.options.over_ms, "ms",
                  f"{own:.1f} without the time that the caller had no processor")
        if self.options.strict:
            self.assertLessEqual(own, self.options.over_ms, "a call came back late though its caller had a processor")
