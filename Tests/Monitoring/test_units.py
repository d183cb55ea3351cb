"""The units that write the file for node_exporter."""

import re
import shutil
import tempfile
import unittest
from pathlib import Path

from support import ROOT, run

UNITS = ROOT / "systemd"
ANALYZE = shutil.which("systemd-analyze")


def values(unit, key):
    # A backslash at the end goes on with the next line.
    text = (UNITS / unit).read_text().replace("\\\n", " ")
    return re.findall(rf"(?m)^{key}=(.*)$", text)


class UnitTests(unittest.TestCase):
    def test_it_asks_the_socket_that_systemd_makes(self):
        [command] = values("breakerd-metrics.service", "ExecStart")
        [socket] = values("breakerd.socket", "ListenStream")
        self.assertIn(f" --socket {socket} metrics ", command)

    def test_who_runs_it_may_open_the_socket(self):
        # By the mode alone: there is no capability to pass over it.
        self.assertEqual(values("breakerd-metrics.service", "CapabilityBoundingSet"), [""])
        [user] = values("breakerd-metrics.service", "User")
        [owner] = values("breakerd.socket", "SocketUser")
        [mode] = values("breakerd.socket", "SocketMode")
        self.assertEqual(user, owner)
        self.assertEqual(int(mode, 8) & 0o600, 0o600)
        # Under PrivateUsers nobody but root and the service's own user is who he is outside.
        self.assertEqual(values("breakerd-metrics.service", "PrivateUsers"), ["yes"])
        self.assertEqual(user, "root")

    def test_it_may_write_where_it_writes(self):
        [command] = values("breakerd-metrics.service", "ExecStart")
        [directory] = values("breakerd-metrics.service", "ReadWritePaths")
        output = Path(re.search(r"--output (\S+)", command)[1])
        self.assertEqual(str(output.parent), directory)
        self.assertEqual(output.name, "breakerd.prom")

    def test_it_gives_up_before_the_next_one_is_due(self):
        seconds = [int(value[:-1]) for value in (
            re.search(r"--timeout (\d+s)", values("breakerd-metrics.service", "ExecStart")[0])[1],
            *values("breakerd-metrics.service", "TimeoutStartSec"), *values("breakerd-metrics.timer", "OnUnitActiveSec"))]
        self.assertEqual(seconds, sorted(set(seconds)))

    def test_what_it_says_is_not_filtered_out(self):
        # Standard error has the level SyslogLevel; above LogLevelMax nothing is kept.
        self.assertEqual(values("breakerd-metrics.service", "LogLevelMax"), values("breakerd-metrics.service", "SyslogLevel"))

    @unittest.skipUnless(ANALYZE, "systemd-analyze is missing")
    def test_systemd_takes_them(self):
        with tempfile.TemporaryDirectory() as directory:
            for unit in [*UNITS.glob("*.service"), *UNITS.glob("*.socket"), *UNITS.glob("*.timer")]:
                text = re.sub(r"/usr/bin/breaker(d|ctl)\b", "/bin/true", unit.read_text())
                Path(directory, unit.name).write_text(text)
            for unit in ("breakerd-metrics.service", "breakerd-metrics.timer"):
                told = run(ANALYZE, "verify", "--man=no", Path(directory, unit))
                self.assertEqual((told.returncode, told.stdout + told.stderr), (0, ""))
            told = run(ANALYZE, "security", "--offline=true", "--threshold=5", Path(directory, "breakerd-metrics.service"))
            self.assertEqual(told.returncode, 0, told.stdout[-200:] + told.stderr)
