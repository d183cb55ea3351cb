"""What the tests share: the client, installed or else from its sources, a directory, a clock, and processes of their own."""

import importlib.util
import mmap
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if importlib.util.find_spec("breakerd") is None:
    sys.path.insert(0, str(HERE.parent / "src"))

import breakerd  # noqa: E402
from breakerd import _board, _breaker, _client, _complaints, _connection, _permit, _state  # noqa: E402

#: What other programs need in PYTHONPATH to use the same client.
PACKAGES = str(Path(breakerd.__file__).resolve().parents[1])
MILLISECOND = 1_000_000
SECOND = 1_000_000_000


def eventually(is_so, within=20):
    """Waits until it is so; false: it was not, in so many seconds."""
    end = time.monotonic() + within
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True


class Case(unittest.TestCase):
    """A test with a directory of its own."""

    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="breakerd-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def client(self, path, deadline=10, logger=None, **options):
        """A client with a deadline that also a busy machine keeps."""
        client = breakerd.Client(path, deadline=deadline, logger=logger, **options)
        self.addCleanup(client.close)
        return client

    def fork(self, body):
        """Runs it in a forked child, which ends with it."""
        child = Child(self, body)
        self.addCleanup(child.kill)
        return child

    def clock(self):
        """A clock for all clients of this process, until the test ends."""
        clock = Clock()
        for module in (_board, _breaker, _client, _complaints, _connection, _permit, _state):
            patch = mock.patch.object(module, "clock", clock)
            patch.start()
            self.addCleanup(patch.stop)
        return clock


class Child:
    """A process that does one thing. What it returns is the status that it ends with."""

    def __init__(self, test, body):
        self._test = test
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                status = body() or 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)

    def join(self):
        """Waits for its end, which must be a good one."""
        ends = []
        self._test.assertTrue(eventually(lambda: ends.append(os.waitpid(self._pid, os.WNOHANG)) or ends[-1][0]), "it hangs")
        self._pid = None
        self._test.assertEqual(ends[-1][1], 0)

    def kill(self):
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = None


class Shared:
    """Numbers that this process and its children see."""

    def __init__(self, count):
        self._numbers = memoryview(mmap.mmap(-1, 8 * count)).cast("Q")

    def __getitem__(self, index):
        return self._numbers[index]

    def __setitem__(self, index, number):
        self._numbers[index] = number


class Clock:
    """Stands still, unless it is told to go on."""

    def __init__(self):
        self.now = 1_000_000 * SECOND

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += round(seconds * SECOND)
