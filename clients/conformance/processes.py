"""Real daemons, and drivers of clients."""

import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path


class Failure(Exception):
    """What had to hold did not."""


class Daemon:
    """A real breakerd, whose files lie in ``directory``."""

    def __init__(self, program, directory, keys, configuration):
        self.socket = str(directory / "s")
        self._admin = str(directory / "a")
        self._directory = directory
        self._log = directory / "log"
        # Another life of it has another board, as under systemd.
        self._command = [program, "--socket", self.socket, "--admin-socket", self._admin, "--state", str(directory / "db"),
                         "--log-level", "notice"]
        for key in keys:
            self._command += ["--default", key]
        if configuration:
            (directory / "yaml").write_text(configuration)
            self._command += ["--config", str(directory / "yaml")]
        self._process = None
        self.start()

    def start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(self._command, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while time.monotonic() < end and self._process.poll() is None:
            try:
                if self.ask("ping") == "+ok pong":
                    return
            except OSError:
                pass
            time.sleep(0.005)
        raise Failure("the daemon did not start:\n" + self._log.read_text())

    def signal(self, number):
        self._process.send_signal(number)

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def end(self):
        self._process.terminate()
        if self._process.wait(30) != 0:
            raise Failure(f"the daemon ended with {self._process.returncode}")

    def lose_board(self):
        os.unlink(self._board)

    def spoil_board(self):
        """Puts a file that is no board where the board is; returns what counts how often it is opened."""
        board = self._board
        other = Path(board + ".other")
        other.write_bytes(bytes(1_000_000))
        other.chmod(0o644)
        other.rename(board)
        return Opens(board)

    @property
    def _board(self):
        return dict(word.split("=", 1) for word in self.ask("hello 1").split() if "=" in word)["board"]

    def ask(self, line, admin=False):
        """The reply to a line; of a list, all of it."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self._admin if admin else self.socket)
            connection.sendall(line.encode() + b"\n")
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile().read().rstrip("\n")


class Opens:
    """Counts how often a file is opened, by whomever."""

    _OPEN, _CLOSE = 0x20, 0x10
    #: Of a file that is watched itself an event bears no name.
    _EVENT = struct.Struct("iIII")

    def __init__(self, path):
        system = ctypes.CDLL(None, use_errno=True)
        self._descriptor = system.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        # The ends too: of equal events one after the other the system keeps one.
        if system.inotify_add_watch(self._descriptor, os.fsencode(path), self._OPEN | self._CLOSE) < 0:
            raise OSError(ctypes.get_errno(), "inotify_add_watch")

    def count(self):
        """How often since the last time."""
        events = b""
        try:
            while True:
                events += os.read(self._descriptor, 65_536)
        except BlockingIOError:
            return sum(mask & self._OPEN != 0 for _, mask, _, _ in self._EVENT.iter_unpack(events))

    def close(self):
        os.close(self._descriptor)


class Driver:
    """A process that does with a client what it is told."""

    def __init__(self, command, environment, errors):
        self._errors = errors
        with open(errors, "ab") as file:
            self._process = subprocess.Popen(
                command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=file, bufsize=0)
        self._received = b""

    def tell(self, command):
        try:
            self._process.stdin.write(command.encode() + b"\n")
        except BrokenPipeError:
            raise self._failure(f"{command}: the driver is gone") from None

    def answer(self, within=60.0):
        end = time.monotonic() + within
        while b"\n" not in self._received:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise self._failure(f"no answer within {within:g} s")
            data = os.read(self._process.stdout.fileno(), 65_536)
            if not data:
                raise self._failure("the driver ended")
            self._received += data
        line, _, self._received = self._received.partition(b"\n")
        return line.decode()

    def kill(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def finish(self):
        """Lets it end by itself."""
        try:
            self._process.stdin.close()
        except BrokenPipeError:
            pass
        try:
            status = self._process.wait(30)
        except subprocess.TimeoutExpired:
            raise self._failure("the driver does not end") from None
        finally:
            self.kill()
            self._process.stdout.close()
        if status != 0:
            raise self._failure(f"the driver ended with {status}")

    def _failure(self, text):
        return Failure(f"{text}\n{Path(self._errors).read_text()[-2000:]}".rstrip())
