"""A real breakerd."""

import os
import signal
import socket
import subprocess
import unittest
from pathlib import Path

from support import ROOT, eventually


class Daemon:
    """A real breakerd."""

    PROGRAM = os.path.abspath(os.environ.get("BREAKERD_BIN") or ROOT / ".build/debug/breakerd")

    def __init__(self, test, *options):
        self.directory = test.directory
        self.socket = test.path("breakerd.sock")
        self.admin = test.path("admin.sock")
        paths = ["--socket", self.socket, "--admin-socket", self.admin, "--state", test.path("db")]
        self._command = [self.PROGRAM, *paths, *options]
        self.process = None
        test.addCleanup(self.kill)
        self.start()

    def start(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(self._command, stderr=log, stdin=subprocess.DEVNULL)
        if not eventually(lambda: self.process.poll() is not None or self._answers()) or self.process.poll() is not None:
            raise AssertionError("breakerd did not start: " + Path(self.directory, "log").read_text())

    def _answers(self):
        try:
            return self.ask("ping") == "+ok pong"
        except OSError:
            return False

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.process.wait(20)

    def ask(self, line, admin=True):
        """The answer to one line; of a list, all of it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self.admin if admin else self.socket)
            connection.sendall(line.encode() + b"\n")
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile().read().rstrip("\n")

    def show(self, name):
        """The numbers of a breaker."""
        return dict(word.split("=", 1) for word in self.ask(f"show {name}").split() if "=" in word)


def needs(program):
    """Skips what cannot run without a program that was built."""
    return unittest.skipUnless(os.access(program, os.X_OK), f"{program} is not built")
