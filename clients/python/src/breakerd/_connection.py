from __future__ import annotations

import os
import random
import select
import socket
import struct
import threading
from collections import deque
from time import monotonic_ns as clock
from typing import Callable, Deque, Optional, Sequence, Tuple, Union

from ._complaints import Complaints
from ._errors import Unavailable
from ._protocol import LONGEST_LINE, option
from ._reasons import reason_of
from ._reports import MAXIMUM, Report
from ._statistics import Statistics

_FIRST_BACKOFF = 10_000_000
_LONGEST_BACKOFF = 1_000_000_000
_MOST_AT_ONCE = 65_536
_CREDENTIALS = struct.Struct("3i")
_CLOSED = ("closed", "the client was closed")


class Request:
    """A question, until it has its answer."""

    __slots__ = ("text", "limit", "outcome")

    def __init__(self, text: bytes, limit: int) -> None:
        """``text`` is the line but for its tag; an answer after ``limit`` is of no use."""
        self.text = text
        self.limit = limit
        #: The reply, without its tag, or why there is none.
        self.outcome: Union[bytes, Unavailable, None] = None

    def tell(self) -> None:
        """The outcome is known. Others may be waited for yet, with the connection's lock held."""


class Connection:
    """The socket: opened when it is needed, given up when a reply is late, opened anew after a while.

    One thread at a time asks, as much as it has to ask. Reports are left in a queue; whoever has the socket sends them, without waiting. So a
    report never waits for a lock, and may be made anywhere, also in a signal handler or a finalizer.
    """

    def __init__(
        self,
        socket_path: Callable[[], str],
        hello: bytes,
        deadline: int,
        greeted: Callable[[bytes, bytes, int], None],
        complaints: Complaints,
        statistics: Statistics,
    ) -> None:
        """``deadline`` is in nanoseconds. ``greeted`` is told the path of the board, the daemon's epoch and its uid."""
        self._socket_path = socket_path
        self._hello = hello
        self.deadline = deadline
        self._greeted = greeted
        self._complaints = complaints
        self._statistics = statistics
        self._lock = threading.Lock()
        self._holder: Optional[int] = None
        self._reports: Deque[Report] = deque()
        self._socket: Optional[socket.socket] = None
        self._poll = select.poll()
        self._peer_uid = -1
        self._received = b""
        # What is left of a report that was cut by a full buffer, and the report, in case the connection is lost.
        self._rest = b""
        self._cut: Optional[Report] = None
        # The tags that replies must bear, in this order, and whose they are; the first of a connection is hello's.
        self._awaited: Deque[Tuple[bytes, Optional[Request]]] = deque()
        # What is asked now.
        self._asked: Sequence[Request] = ()
        self._is_greeted = False
        self._tag = int.from_bytes(os.urandom(4), "little")
        self._failures = 0
        self._retry_at = 0
        self._spare_try_at = 0
        # The reason and the text of the latest failure.
        self._why = _CLOSED
        self._is_closed = False

    # What the program wants

    def ask(self, text: bytes) -> bytes:
        """The reply to a request, without its tag. Raises :class:`Unavailable` if none came within the deadline."""
        request = Request(text, clock() + self.deadline)
        self.ask_all([request])
        if isinstance(request.outcome, bytes):
            return request.outcome
        raise request.outcome or Unavailable(*self._why)

    def ask_all(self, requests: Sequence[Request]) -> None:
        """Asks all of them together, waits until the limit of the last, and tells each what came of it, as soon as that is
        known."""
        self._statistics.requests += len(requests)
        limit = requests[-1].limit
        untold = deque(requests)
        try:
            # While the daemon fails, one call at a time finds that out, and no other waits for it.
            if not self._enter(0 if self._failures else limit - clock()):
                raise self.busy()
            try:
                self._exchange(untold, limit)
            except Unavailable:
                raise
            except BaseException:
                # A signal handler has raised. Nobody would take the reply, nor give back a permit in it.
                self._interrupted()
                raise
            finally:
                self._asked = ()
                self._leave()
                # Others may have left reports meanwhile.
                self.send_reports()
        except Unavailable as error:
            for request in untold:
                if request.outcome is None:
                    # A new one each time: one that is raised again and again gathers the traces of all times.
                    request.outcome = Unavailable(error.reason, error.text)
                    self.complain(request.outcome)
        _tell(untold)

    def refusal(self) -> Optional[Unavailable]:
        """Why it is of no use to ask now, if that is known without trying."""
        if self._socket is None and (self._is_closed or clock() < self._retry_at):
            return Unavailable(*self._why)
        return None

    def busy(self) -> Unavailable:
        return Unavailable("busy", f"other calls wait for {self._path_text()}")

    def unasked(self, error: Unavailable) -> Unavailable:
        """A call did not even come to ask; returns why."""
        self._statistics.requests += 1
        self.complain(error)
        return error

    @property
    def is_failing(self) -> bool:
        """Whether the latest try to reach the daemon has failed."""
        return self._failures > 0

    def queue(self, reports: list[Report], most: int = MAXIMUM) -> None:
        """Puts reports behind all that wait to be sent; of more than ``most`` the oldest are dropped."""
        self._reports.extend(reports)
        while self._is_closed and self._reports or len(self._reports) > most:
            self._drop()

    def missed(self, error: Unavailable) -> None:
        """A reply came when nobody waited for it any more."""
        self._statistics.timeouts += 1
        self._statistics.unavailable += 1
        self._complaints.keep(error, self._socket_path())

    def complain(self, error: Unavailable) -> None:
        """An answer was as good as none."""
        self._statistics.unavailable += 1
        self._complaints.unavailable(error, self._socket_path())

    def send_reports(self) -> None:
        """Sends what waits, as far as that is possible without waiting."""
        # Whoever leaves the lock looks again, so nothing is left behind by two that meet here.
        while self._reports and self._enter(0):
            try:
                if not self._send_reports():
                    return
            except BaseException:
                # A signal handler has raised; half a line may have been written.
                self._interrupted()
                raise
            finally:
                self._leave()

    def close(self, wait: int) -> None:
        """Sends what waits, tells the daemon that this is all, and waits, ``wait`` nanoseconds at most, until it has read
        it."""
        limit = clock() + wait
        if not self._enter(wait):
            return
        try:
            try:
                if self._reports and not self._is_closed:
                    self._send_until(limit)
            except Unavailable:
                pass
            self._is_closed = True
            self._finish(limit)
        finally:
            self._leave()
        while self._reports:
            self._drop()

    def abandon(self) -> None:
        """Closes this process's copy of the socket, without a word to the daemon: it is another process's connection."""
        if self._socket is not None:
            self._socket.close()

    @property
    def reports_waiting(self) -> int:
        return len(self._reports)

    # The lock

    def _enter(self, wait: int) -> bool:
        # A signal handler or finalizer may come here while its own thread holds the lock.
        if self._holder == threading.get_ident():
            return False
        if not (self._lock.acquire(timeout=wait / 1e9) if wait > 0 else self._lock.acquire(blocking=False)):
            return False
        self._holder = threading.get_ident()
        return True

    def _leave(self) -> None:
        self._holder = None
        self._lock.release()
        self._complaints.write()

    def _drop(self) -> None:
        try:
            self._reports.popleft()
        except IndexError:
            return
        self._statistics.reports_dropped += 1

    # All that follows is done with the lock held

    def _exchange(self, requests: Deque[Request], limit: int) -> None:
        if clock() >= limit:
            raise self.busy()
        self._asked = requests
        self._make_ready()
        self._send_until(limit)
        lines: list[bytes] = []
        for request in requests:
            tag = self._next_tag()
            self._awaited.append((tag, request))
            lines.append(b"@%s %s\n" % (tag, request.text))
        self._write(b"".join(lines), limit)
        while self._awaited:
            _tell(requests)
            self._wait(select.POLLIN, limit)
            self._receive()

    def _make_ready(self) -> None:
        """Connects if need be, and takes what has come."""
        was_good = self._socket is not None and self._is_greeted
        try:
            self._connect()
            self._receive()
        except Unavailable:
            # The daemon went while nobody looked; it may have been started again long ago. Once a second that is tried at
            # once.
            if not was_good or clock() < self._spare_try_at:
                raise
            self._spare_try_at = clock() + _LONGEST_BACKOFF
            self._retry_at = 0
            self._connect()

    def _connect(self) -> None:
        if self._socket is not None:
            return
        if self._is_closed or clock() < self._retry_at:
            raise Unavailable(*self._why)
        path = self._socket_path()
        new = None
        try:
            new = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
            new.connect(path)
            credentials = new.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        except (OSError, ValueError) as error:
            if new is not None:
                new.close()
            raise self._fail(*reason_of(error, path)) from None
        self._socket = new
        self._peer_uid = _CREDENTIALS.unpack(credentials)[1]
        self._poll = select.poll()
        self._poll.register(new, select.POLLIN)
        self._statistics.connections += 1
        self._is_greeted = False
        tag = self._next_tag()
        self._awaited.append((tag, None))
        # A new socket's buffer has room for it.
        self._rest = b"@%s %s\n" % (tag, self._hello)
        self._write_rest()

    def _next_tag(self) -> bytes:
        self._tag = self._tag + 1 & 0xFFFF_FFFF
        return b"%x" % self._tag

    def _send_reports(self) -> bool:
        """Sends what waits, without waiting; returns whether all is sent."""
        try:
            self._make_ready()
            return self._write_rest() and self._write_reports()
        except Unavailable:
            return False

    def _send_until(self, limit: int) -> None:
        """The same, with waiting."""
        self._connect()
        while not (self._write_rest() and self._write_reports()):
            self._wait(select.POLLOUT, limit)
            self._receive()

    def _write_reports(self) -> bool:
        while self._reports:
            now = clock()
            taken: list[Report] = []
            lines: list[bytes] = []
            while self._reports and len(lines) < 64:
                taken.append(self._reports.popleft())
                lines.append(taken[-1].line(self._next_tag(), now))
            try:
                sent = self._send(b"".join(lines))
            except Unavailable:
                self._reports.extendleft(reversed(taken))
                raise
            for number, line in enumerate(lines):
                if sent < len(line):
                    # What was not begun is told later, and then with its age at that time.
                    if sent > 0:
                        self._rest, self._cut = line[sent:], taken[number]
                        number += 1
                    self._reports.extendleft(reversed(taken[number:]))
                    return False
                sent -= len(line)
                self._statistics.reports_sent += 1
        return True

    def _write_rest(self) -> bool:
        if self._rest:
            self._rest = self._rest[self._send(self._rest) :]
            if self._rest:
                return False
            if self._cut is not None:
                self._statistics.reports_sent += 1
                self._cut = None
        return True

    def _write(self, line: bytes, limit: int) -> None:
        while line:
            line = line[self._send(line) :]
            if line:
                self._wait(select.POLLOUT, limit)
                self._receive()

    def _send(self, data: bytes) -> int:
        """Writes what there is room for."""
        if self._socket is None:
            raise Unavailable(*self._why)
        try:
            return self._socket.send(data, socket.MSG_NOSIGNAL)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            # What it had to say before it went may tell why.
            self._receive()
            raise self._lose("lost", f"the connection to {self._path_text()} was lost: {error.strerror}") from None

    def _wait(self, event: int, limit: int) -> None:
        if self._socket is None:
            raise Unavailable(*self._why)
        self._poll.modify(self._socket, select.POLLIN | event)
        left = limit - clock()
        if left <= 0 or not self._poll.poll(-(-left // 1_000_000)):
            self._statistics.timeouts += sum(request.outcome is None for request in self._asked)
            raise self._lose("timed-out", f"no reply from {self._path_text()} within the deadline")

    def _receive(self) -> None:
        """Takes what has come, without waiting; not all of it, if somebody writes without end."""
        if self._socket is None:
            return
        try:
            data = self._socket.recv(_MOST_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise self._lose("lost", f"the connection to {self._path_text()} was lost: {error.strerror}") from None
        if not data:
            raise self._lose("lost", f"the connection to {self._path_text()} was lost")
        lines = (self._received + data).split(b"\n")
        self._received = lines.pop()
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(self._received) > LONGEST_LINE:
            raise self._stranger(self._received)

    def _take(self, line: bytes) -> None:
        kind = line[:1]
        if kind == b">":
            return
        if kind == b"~":
            self._statistics.reports_refused += 1
            self._complaints.refused(line[1:])
            return
        if kind == b"!":
            raise self._lose("refused", f"breakerd closed the connection: {line[1:].decode('utf-8', 'replace')}")
        tag, _, text = line[1:].partition(b" ")
        if kind not in (b"+", b"-") or not self._awaited:
            raise self._stranger(line)
        awaited, request = self._awaited.popleft()
        if tag != b"@" + awaited:
            raise self._stranger(line)
        if request is not None:
            request.outcome = kind + text
            return
        if kind == b"-":
            raise self._lose("refused", f"breakerd refused: {text.decode('utf-8', 'replace')}")
        self._is_greeted = True
        self._failures = 0
        words = text.split(b" ")
        self._greeted(option(words, b"board") or b"", option(words, b"epoch") or b"", self._peer_uid)

    def _stranger(self, sample: bytes) -> Unavailable:
        return self._lose(
            "not-breakerd", f"wrong socket: {self._path_text()} is not breakerd's, it said {sample[:40]!r}")

    def _interrupted(self) -> None:
        """Gives the connection up, since a request or report was cut short. That says nothing of the daemon, so the next call
        connects at once. Only if no word has come on this connection yet, it may hang, and whoever sets an alarm shorter than the
        deadline would find that out again and again."""
        if self._socket is not None and not self._is_greeted:
            self._lose("lost", "a request was interrupted")
        else:
            self._hang_up()

    def _lose(self, reason: str, text: str) -> Unavailable:
        """Gives the connection up, and lets some time pass before the next one is tried."""
        self._hang_up()
        return self._fail(reason, text)

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._cut is not None:
            self._reports.appendleft(self._cut)
            self._cut = None
        self._rest = self._received = b""
        self._awaited.clear()

    def _fail(self, reason: str, text: str) -> Unavailable:
        """Lets some time pass before the next try."""
        whole = min(_FIRST_BACKOFF << min(self._failures, 20), _LONGEST_BACKOFF)
        self._retry_at = clock() + whole // 2 + int(whole // 2 * random.random())
        self._failures += 1
        self._why = (reason, text)
        # A new one each time: one that is raised again and again gathers the traces of all times.
        return Unavailable(reason, text)

    def _finish(self, limit: int) -> None:
        try:
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_WR)
            while self._socket is not None:
                self._receive()
                self._wait(select.POLLIN, limit)
        except (OSError, Unavailable):
            self._lose(*_CLOSED)
        self._why = _CLOSED

    def _path_text(self) -> str:
        return self._socket_path()


def _tell(requests: Deque[Request]) -> None:
    """Tells those that have an outcome, and takes them away. Replies come in the order of requests."""
    while requests and requests[0].outcome is not None:
        requests.popleft().tell()
