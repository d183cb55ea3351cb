"""What the tests share: a clock, a board and a server that do as they are told, and real daemons."""

import contextlib
import mmap
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest
from pathlib import Path
from unittest import mock

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SOURCES = str(HERE.parent / "src")
sys.path.insert(0, SOURCES)

import breakerd  # noqa: E402
from breakerd import _board, _breaker, _client, _complaints, _connection, _state  # noqa: E402

MILLISECOND = 1_000_000
SECOND = 1_000_000_000

CLOSED, OPEN, HALF_OPEN, FORCED_OPEN, FORCED_CLOSED, OBSERVE = range(1, 7)
NO_RETRY = 0xFFFF_FFFF


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
        for module in (_board, _breaker, _client, _complaints, _connection, _state):
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


class BoardFile:
    """A board, written by hand."""

    def __init__(self, path, now, slots=1024, seed=7, epoch=0xE):
        self.path, self.slots, self.seed, self.base = path, slots, seed, now
        size = 4096 + 128 * slots
        header = struct.pack("<8sIIIIQQQQQ", b"BRKBOARD", 1, 0, 4096, 128, slots, seed, epoch, self.base, size)
        with open(path + ".new", "w+b") as file:
            file.truncate(size)
            file.write(header)
            file.flush()
            self._memory = mmap.mmap(file.fileno(), size)
        self.words = memoryview(self._memory).cast("Q")
        self.set_status(1)
        self.beat(now)
        os.rename(path + ".new", path)

    def set_status(self, status):
        self.words[16] = status

    def beat(self, now):
        self.words[24] = now & 0xFFFF_FFFF_FFFF_FFFF

    def put(self, name, state, generation=77, ask=False, retry=NO_RETRY, slow_ms=0):
        """Publishes a word; ``retry`` is in ticks since base."""
        offset = self._slot(name)
        self.words[offset // 8 + 1] = retry << 32 | (generation & 0xFF_FFFF) << 8 | ask << 4 | state
        self.words[offset // 8 + 2] = slow_ms << 32 | len(name)
        self._memory[offset + 24 : offset + 24 + len(name)] = name.encode()
        self.words[offset // 8] = _board.fnv1a(self.seed, name.encode())

    def _slot(self, name):
        hash = _board.fnv1a(self.seed, name.encode())
        for step in range(self.slots):
            offset = 4096 + 128 * (hash + step & self.slots - 1)
            if self.words[offset // 8] == 0 or self._memory[offset + 24 : offset + 128].rstrip(b"\0") == name.encode():
                return offset
        raise AssertionError("the board is full")


class Server:
    """Answers ``allow`` as it is told to, and keeps what it has read. What ``answer`` gives has ``TAG`` for the tag of the
    request; None: no answer ever; ``b""``: the connection is closed."""

    def __init__(self, test, path, answer=b"+TAG allow closed 77", board="", epoch="e"):
        self.answer = answer
        self.hello = f"+TAG ok version=0.1.0 epoch={epoch} role=use board={board} max_line=1024".encode()
        self.lines = []
        self.connections = 0
        self._news = threading.Condition()
        self._open = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(16)
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self.stop)

    def stop(self):
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()

    def drop(self):
        """Closes all connections."""
        with self._news:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._open = []

    def send(self, data):
        with self._news:
            self._open[-1].sendall(data)

    def told(self):
        """The reports and refusals, without tags."""
        with self._news:
            return [line.partition(" ")[2] for line in self.lines if line.endswith(" quiet")]

    def wait_for(self, count):
        """The first so many reports, when they have come."""
        with self._news:
            self._news.wait_for(lambda: len(self.told()) >= count, 20)
            return self.told()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self._news:
                self._open.append(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            for line in lines:
                text = line.decode().rstrip("\n")
                with self._news:
                    self.lines.append(text)
                    self._news.notify_all()
                if text.endswith(" quiet"):
                    continue
                tag, _, request = text.partition(" ")
                reply = self.hello if request.startswith("hello ") else self.answer
                if reply == b"":
                    return
                if reply is not None:
                    connection.sendall(reply.replace(b"TAG", tag.encode()) + (b"" if b"\n" in reply else b"\n"))


class Daemon:
    """A real breakerd."""

    PROGRAM = os.path.abspath(os.environ.get("BREAKERD_BIN") or ROOT / ".build/debug/breakerd")

    def __init__(self, test, *options):
        self.directory = test.directory
        self.socket = test.path("breakerd.sock")
        self.admin = test.path("admin.sock")
        self._command = [self.PROGRAM, "--socket", self.socket, "--admin-socket", self.admin, "--state", test.path("db"), *options]
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
