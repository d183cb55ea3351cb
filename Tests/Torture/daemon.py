"""Real daemons, and plain sockets to them."""

import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote


class Closed(Exception):
    """The daemon has gone, or has closed the connection."""


class Line:
    """A connection that sends lines and reads lines."""

    def __init__(self, path, timeout=10.0):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self._rest = b""
        try:
            self.socket.connect(str(path))
        except OSError as error:
            self.socket.close()
            raise Closed(f"connect: {error}") from None

    def send(self, text):
        try:
            self.socket.sendall(text if isinstance(text, bytes) else text.encode())
        except OSError as error:
            raise Closed(f"send: {error}") from None

    def line(self):
        while b"\n" not in self._rest:
            try:
                data = self.socket.recv(65536)
            except OSError as error:
                raise Closed(f"receive: {error}") from None
            if not data:
                raise Closed("end of input")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return line.decode(errors="replace")

    def ask(self, request):
        self.send(request + "\n")
        return self.line()

    def list(self, request):
        """The head of a list, and its rows."""
        head = self.ask(request)
        if not head.startswith("*"):
            return head, []
        return head, [self.line()[1:] for _ in range(int(head[1:].split(" ")[0]))]

    def table(self, request):
        """A list of key=value rows as a dictionary; empty if it is refused."""
        return dict(row.partition("=")[::2] for row in self.list(request)[1])

    def pages(self, request):
        """The rows of all pages of a ``list``."""
        cursor, rows = "", []
        while cursor is not None:
            head, page = self.list(request + (f" cursor={cursor}" if cursor else ""))
            rows += page
            cursor = words(head).get("cursor")
        return [words(row) for row in rows]

    def events(self, since=0):
        """All events after a number."""
        rows = []
        while since is not None:
            head, page = self.list(f"events * since={since} limit=1000")
            if not head.startswith("*"):
                raise Closed(f"events: {head}")
            rows += [words(row) for row in page]
            since = words(head).get("cursor")
        return rows

    def close(self):
        self.socket.close()


def words(text):
    """The key=value words of a line."""
    pairs = (word.partition("=") for word in text.split(" "))
    return {key: unquote(value) for key, equals, value in pairs if equals}


class Daemon:
    """One daemon, in a directory where others may have been before. Ready when this returns."""

    #: All that run, so that they can be ended.
    running = set()

    def __init__(self, binary, directory, options=(), environment=None, wrapper=(), state=None, wait=True, log="daemon.log"):
        self.directory = Path(directory)
        self.socket = self.directory / "s"
        self.admin_socket = self.directory / "a"
        self.board = self.directory / "pub" / "board"
        self.state = Path(state) if state else self.directory / "state" / "b.sqlite"
        self.log = self.directory / log
        command = [*wrapper, str(binary), "--socket", str(self.socket), "--admin-socket", str(self.admin_socket)]
        command += ["--board", str(self.board), "--state", str(self.state), *options]
        surroundings = {key: value for key, value in os.environ.items() if not key.startswith("BREAKERD_")}
        self.log_start = self.log.stat().st_size if self.log.exists() else 0
        with open(self.log, "ab") as log_file:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file,
                env=surroundings | (environment or {}),
            )  # fmt: skip
        Daemon.running.add(self)
        try:
            # A machine on which others build must not look like a daemon that is slow.
            os.setpriority(os.PRIO_PROCESS, self.process.pid, -12)
        except OSError:
            pass
        self.pid = self.process.pid
        self.epoch = None
        if wait:
            self.wait_ready()

    def wait_ready(self, within=20.0):
        end = time.monotonic() + within
        while time.monotonic() < end:
            try:
                line = Line(self.admin_socket)
                self.epoch = words(line.ask("hello 1 client=torture/1"))["epoch"]
                # Behind setpriv and the like the process is still the same; it says itself who it is.
                line.close()
                return
            except (Closed, KeyError):
                if self.process.poll() is not None:
                    Daemon.running.discard(self)
                    raise RuntimeError(f"the daemon ended with {self.process.returncode}: {self.errors()[-600:]}") from None
                time.sleep(0.005)
        raise RuntimeError(f"the daemon is not ready after {within} s: {self.errors()[-600:]}")

    def errors(self):
        """What this daemon has written."""
        with open(self.log, "rb") as file:
            file.seek(self.log_start)
            return file.read().decode(errors="replace")

    def client(self, timeout=10.0):
        return Line(self.socket, timeout)

    def admin(self, timeout=10.0):
        return Line(self.admin_socket, timeout)

    def ask(self, request):
        line = self.admin()
        try:
            return line.ask(request)
        finally:
            line.close()

    def health(self):
        """The words of the reply, without +ok."""
        return unquote(self.ask("health")[4:])

    def signal(self, number):
        if self.process.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def stop(self, within=20.0):
        """Ends it as a service manager does; its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(within)

    def wait(self, within=20.0):
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            os.kill(self.pid, signal.SIGKILL)
            self.process.wait()
            raise RuntimeError("the daemon does not end") from None
        finally:
            Daemon.running.discard(self)
        return code

    def limit(self, which, value):
        """Sets a limit of the process while it runs, only the soft one; None: as high as it may be."""
        hard = resource.prlimit(self.pid, which)[1]
        resource.prlimit(self.pid, which, (hard if value is None else value, hard))

    def cpu(self):
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Resident bytes that are its own."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @classmethod
    def end_all(cls):
        for daemon in list(cls.running):
            try:
                daemon.signal(signal.SIGCONT)
                daemon.kill()
            except (OSError, RuntimeError):
                pass


def eventually(check, within=10.0, every=0.05):
    """Whether something comes to hold in time. What it needs may be away meanwhile."""
    end = time.monotonic() + within
    while True:
        try:
            if check():
                return True
        except Closed:
            pass
        if time.monotonic() > end:
            return False
        time.sleep(every)
