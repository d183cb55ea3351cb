"""Programs that serve HTTP, as their users start them."""

import contextlib
import http.client
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

from support import HERE, PACKAGES, eventually

EXAMPLES = HERE.parent / "examples"


def gunicorn():
    """The words that start gunicorn: that of this interpreter, else any; None: there is none."""
    if importlib.util.find_spec("gunicorn"):
        return [sys.executable, "-m", "gunicorn"]
    found = shutil.which("gunicorn")
    return [found] if found else None


class ServerProcess:
    """A server at a Unix socket, started in a directory; a test ends it."""

    def __init__(self, test, command, directory, **environment):
        self._path = test.path("http")
        self._log = test.path("http.log")
        self._test = test
        paths = os.pathsep.join(filter(None, [PACKAGES, os.environ.get("PYTHONPATH")]))
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [word.replace("SOCKET", self._path) for word in command], cwd=directory, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": paths, **environment})
        test.addCleanup(self._kill)
        if not eventually(lambda: self._process.poll() is not None or self._listens(), 60) or self._process.poll() is not None:
            test.fail(f"it did not start: {self.log()}")

    def log(self):
        return Path(self._log).read_text()

    def get(self, path):
        """The answer's status, headers and text."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = self._connect()
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()

    def stop(self):
        """Asks it to end, and waits until it has."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(60)

    def _connect(self):
        new = socket.socket(socket.AF_UNIX)
        new.settimeout(60)
        try:
            new.connect(self._path)
        except OSError:
            new.close()
            raise
        return new

    def _listens(self):
        try:
            self._connect().close()
            return True
        except OSError:
            return False

    def _kill(self):
        if self._process.poll() is None:
            # Its workers go when it has gone.
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
