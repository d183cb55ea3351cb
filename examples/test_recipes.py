#!/usr/bin/env python3
"""The recipes for shells, crontabs and units: each as it stands here and in docs/clients.md, with a daemon, without one, and with one that
hangs."""

import re
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from run import EXAMPLES, ROOT, Show, get, program, until

CRON = EXAMPLES / "cron"
DOCS = (ROOT / "docs/clients.md").read_text()
PLAIN = (CRON / "plain.sh").read_text()
SOCAT = 'socat - "UNIX-CONNECT:$socket"'
[NC] = set(re.findall(r"`(nc [^`]*)`", PLAIN + DOCS))
#: What is to be typed, and what it needs.
RECIPES = {
    "fetch.sh": ((CRON / "fetch.sh").read_text(), "curl"),
    "plain.sh": (PLAIN, "socat"),
    "plain.sh with nc": (PLAIN.replace(SOCAT, NC), "nc"),
}
[CRONTAB] = set(re.findall(r"(?m)^\W*\*/5 \* \* \* \*\s+(.*)$", DOCS + (EXAMPLES / "README.md").read_text() + RECIPES["fetch.sh"][0]))
ANALYZE = shutil.which("systemd-analyze")


class RecipeCase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="bx-")
        self.addCleanup(directory.cleanup)
        self.show = Show(Path(directory.name), ["cron"])
        self.addCleanup(self.show.end)
        self.show.start_all()
        self.daemon = self.show.processes[-1]

    def type(self, text):
        """Its exit code, and what it prints. It waits for nobody longer than a busy machine may need."""
        return self.show.run("sh", "-c", text)

    def each(self):
        """The recipes, by their names; those that cannot be tried here are named in the end."""
        missing = [name for name, (_, needed) in RECIPES.items() if not program(needed)]
        yield from ((name, text) for name, (text, _) in RECIPES.items() if name not in missing)
        if missing:
            self.skipTest(f"what these need is missing: {', '.join(missing)}")

    def make(self, word):
        get(self.show.upstream + word, "POST")

    def act(self, *words):
        """What an admin does."""
        status, told = self.show.ctl(*words, "--socket", str(self.show.directory / "admin.sock"))
        self.assertEqual(status, 0, told)

    def state(self):
        return self.show.ctl("state", "upstream")[1].split()[0].strip(",")

    def assert_goes_on(self):
        for name, text in self.each():
            with self.subTest(name):
                status, told = self.type(text)
                self.assertEqual((status, "fresh data" in told.splitlines()), (0, True), told)


class ShellTests(RecipeCase):
    def test_a_daemon_is_asked_and_told(self):
        for name, text in self.each():
            with self.subTest(name):
                until("all is well", lambda: self.type(text) == (0, "fresh data"))
                self.make("break")
                # A busy machine may take longer to ask than a script waits, and then it goes on.
                until("it is refused", lambda: self.type(text)[0] == 75)
                self.assertEqual(self.state(), "open")
                self.make("mend")
                # To be half-open at once.
                self.act("force", "upstream", "open")
                self.act("release", "upstream")
                until("it may try, and its success is told", lambda: self.type(text)[0] == 0 and self.state() == "closed")

    def test_without_a_daemon_they_go_on(self):
        self.daemon.terminate()
        self.daemon.wait()
        self.assert_goes_on()

    def test_with_one_that_hangs_too(self):
        self.daemon.send_signal(signal.SIGSTOP)
        self.addCleanup(self.daemon.send_signal, signal.SIGCONT)
        self.assert_goes_on()

    def test_and_where_nobody_takes_connections(self):
        path = str(self.show.directory / "full")
        self.show.environment["BREAKERD_SOCKET"] = path
        with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as first, socket.socket(socket.AF_UNIX) as second:
            listening.bind(path)
            listening.listen(0)
            first.connect(path)
            second.setblocking(False)
            with self.assertRaises(BlockingIOError):
                second.connect(path)
            self.assert_goes_on()

    def test_what_a_daemon_has_against_a_report_is_not_printed(self):
        for name, text in self.each():
            with self.subTest(name):
                # A token that no breaker can have given.
                until("it is not", lambda: self.type(text.replace("$3 err", "x$3 err")) == (0, "fresh data"))

    def test_the_documents_show_the_same(self):
        [block] = re.findall(r"(?s)```sh\n(.*?)```", DOCS)
        self.assertEqual(block, PLAIN.split("\n", 2)[2])
        self.assertIn(SOCAT, PLAIN)
        self.assertIn(SOCAT, DOCS.replace(block, ""))

    @unittest.skipUnless(program("nc"), "there is no nc here")
    def test_one_line_is_a_client_too(self):
        [line] = re.findall(r"`(printf .*?)`", DOCS)
        line = line.replace("/run/breakerd/breakerd.sock", self.show.environment["BREAKERD_SOCKET"])
        until("it is answered", lambda: self.type(line)[1].startswith("+allow closed "))


class CrontabTests(RecipeCase):
    def line(self, name):
        self.assertIn("/usr/local/bin/fetch.sh", CRONTAB)
        return CRONTAB.replace("/usr/local/bin/fetch.sh", str(CRON / name))

    def test_nothing_is_mailed_but_failures(self):
        for name in ("fetch.sh", "plain.sh"):
            with self.subTest(name):
                until("nothing is mailed", lambda: self.type(self.line(name)) == (0, ""))
                self.make("break")
                self.assertIn("503", self.type(self.line(name))[1])
                self.act("force", "upstream", "open")
                until("it is refused, and nothing is mailed", lambda: self.type(self.line(name)) == (0, ""))
                self.make("mend")
                self.act("release", "upstream")
                self.act("reset", "upstream")


class UnitTests(unittest.TestCase):
    def test_a_refusal_is_no_failure(self):
        text = (CRON / "fetch.service").read_text()
        self.assertIn("\nSuccessExitStatus=75\n", text)
        self.assertIn("\nExecStart=/usr/local/bin/fetch.sh\n", text)

    @unittest.skipUnless(ANALYZE, "there is no systemd-analyze here")
    def test_systemd_takes_them(self):
        with tempfile.TemporaryDirectory() as directory:
            for name in ("fetch.service", "fetch.timer"):
                text = (CRON / name).read_text().replace("/usr/local/bin/fetch.sh", "/bin/true")
                Path(directory, name).write_text(text)
            told = subprocess.run([ANALYZE, "verify", "--man=no", Path(directory, "fetch.timer"), Path(directory, "fetch.service")],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual((told.returncode, told.stdout + told.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
