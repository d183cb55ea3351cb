from __future__ import annotations

import atexit
import logging
import os
import threading
import weakref
from collections import OrderedDict
from dataclasses import replace
from itertools import islice
from time import monotonic_ns as clock
from types import TracebackType
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Tuple, Type, Union

from ._board import Board
from ._breaker import Breaker
from ._complaints import Complaints
from ._connection import Connection
from ._errors import Unavailable
from ._local import Local
from ._paths import default_socket_path
from ._protocol import Allowed, checked_name, parse_decision, word
from ._reports import MAXIMUM, Report
from ._state import NEVER, BreakerState
from ._statistics import Statistics
from ._version import __version__

if TYPE_CHECKING:
    from ._asker import Asker

#: More names than this are not remembered when their last handle has gone.
_REMEMBERED = 10_000
#: A board that cannot be used is opened again after so long.
_REOPEN = 1_000_000_000
_LONGEST_FLUSH = 10.0
_LONGEST_DEADLINE = 86_400.0

_clients: weakref.WeakSet[Client] = weakref.WeakSet()


class Client:
    """Asks the host's breakerd whether calls may be made, and tells it how they ended.

    A program makes one client and keeps it; threads share it. Nothing is opened before the first call. After a fork the
    child's client connects anew, and knows nothing of the parent's calls.

    * ``socket_path``: the daemon's socket; None: ``$BREAKERD_SOCKET``, else the service's, else that of this user's daemon.
    * ``deadline``: how many seconds a call waits for the daemon at most, connecting included; a day at most.
    * ``on_unavailable``: what a call does when the daemon cannot be asked: ``"allow"``, ``"deny"``, or ``"local"``, a small
      breaker of this process's own; a :class:`Local` says when that opens, and for how long.
    * ``name``: this process's name in the daemon's list of clients; 32 bytes of it are told.
    * ``use_board``: whether to decide by shared memory where that is possible; else each call asks over the socket.
    * ``flush_interval``: for how many seconds successes are collected before they are told, 0 to 10.
    * ``logger``: where it is told, once a minute at most, that the daemon cannot be asked; None: nowhere.
    """

    def __init__(
        self,
        socket_path: Union[str, os.PathLike[str], None] = None,
        deadline: float = 0.05,
        on_unavailable: Union[str, Local] = "allow",
        name: Optional[str] = None,
        use_board: bool = True,
        flush_interval: float = 0.1,
        logger: Optional[logging.Logger] = logging.getLogger("breakerd"),
    ) -> None:
        if not 0 < deadline <= _LONGEST_DEADLINE:
            raise ValueError(f"deadline must be more than 0 seconds, and {_LONGEST_DEADLINE:g} at most")
        if not 0 <= flush_interval <= _LONGEST_FLUSH:
            raise ValueError(f"flush_interval must be 0 to {_LONGEST_FLUSH:g} seconds")
        if socket_path is not None:
            socket_path = os.fsdecode(socket_path)
            if "\0" in socket_path:
                raise ValueError("socket_path must have no NUL in it")
        if on_unavailable == "local":
            on_unavailable = Local()
        if on_unavailable not in ("allow", "deny") and not isinstance(on_unavailable, Local):
            raise ValueError('on_unavailable must be "allow", "deny", "local" or a breakerd.Local')
        self.on_unavailable = on_unavailable
        self._flush_interval = int(flush_interval * 1e9)
        self._socket_path = socket_path
        self._deadline = int(deadline * 1e9)
        self._use_board = use_board
        self._logger = logger
        self._hello = b"hello 1 client=python/%s bound=yes" % __version__.encode()
        told_name = word(name or "")
        if told_name:
            self._hello += b" name=%s" % told_name
        self._names: weakref.WeakValueDictionary[str, BreakerState] = weakref.WeakValueDictionary()
        self._remembered: Dict[str, BreakerState] = {}
        #: How many forks lie between the making of this client and this process.
        self.era = 0
        self._is_closed = False
        self._begin()
        _clients.add(self)

    def _begin(self) -> None:
        #: Held to count, and to queue what was counted; never while anything is waited for.
        self.ledger = threading.RLock()
        self.is_draining = False
        self._statistics = Statistics()
        #: When what was counted is to be told.
        self.due = NEVER
        #: The breakers that have counted what is not told yet; who began first comes first.
        self._counting: OrderedDict[BreakerState, None] = OrderedDict()
        self._board: Optional[Board] = None
        self._board_path: bytes = b""
        self._board_owner = -1
        self._epoch: Optional[int] = None
        self._reopen_at = 0
        self._connection = Connection(
            lambda: self._socket_path or default_socket_path(), self._hello, self._deadline, self._greeted,
            Complaints(self._logger, self.on_unavailable), self._statistics)
        self._asker: Optional[Asker] = None
        if self._is_closed:
            self._connection.close(0)

    def breaker(
        self,
        name: str,
        exclude: Union[Type[BaseException], Tuple[Type[BaseException], ...]] = (),
        is_failure: Optional[Callable[[Exception], bool]] = None,
    ) -> Breaker:
        """A handle on the breaker of this name; the daemon makes the breaker when it is first asked about it.

        Exceptions of the types ``exclude``, and those of which ``is_failure`` says False, say nothing about the dependency:
        they count neither as failure nor as success.

        Raises :class:`InvalidName`.
        """
        text = checked_name(name)
        with self.ledger:
            state = self._names.get(name)
            if state is None:
                state = self._names[name] = BreakerState(self, name, text)
                if len(self._remembered) < _REMEMBERED:
                    self._remembered[name] = state
        return Breaker(state, exclude if isinstance(exclude, tuple) else (exclude,), is_failure)

    @property
    def statistics(self) -> Statistics:
        """What the client has done so far."""
        return replace(self._statistics, reports_waiting=self._connection.reports_waiting)

    def flush(self) -> None:
        """Tells what was counted now, without waiting. A program that will be idle for long calls it before."""
        with self.ledger:
            self._count_all()
        self.flush_due()

    def close(self) -> None:
        """Tells what was counted, and closes the connection. It waits for the daemon to read it, ``deadline`` at most.

        Calls made later do what they do without a daemon. At the end of the process it is done by itself.
        """
        self._close(self._deadline)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_connection"):
            self._close(0)

    def _close(self, wait: int) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._board = None
        with self.ledger:
            self._count_all()
            reports = [report for state in list(self._counting) for report in state._drain()]
            # This is the last time, so these are not too many, however many they are.
            self._connection.queue(reports, MAXIMUM + len(reports))
            if self._asker is not None:
                self._asker.close()
        self._connection.close(wait)

    def _count_all(self) -> None:
        # Also breakers that seem to have nothing: a thread may have counted just after the last time.
        for state in list(self._names.values()):
            self._counting.setdefault(state)

    # For the breakers

    def ask(self, request: bytes) -> bytes:
        """The reply to a request. Raises :class:`Unavailable`."""
        return self._connection.ask(request)

    def decision(self, answer: bytes, name: str) -> Allowed:
        """What the reply to ``allow`` says. Raises :class:`Denied`, or :class:`Unavailable`."""
        if answer.startswith(b"+"):
            try:
                return parse_decision(answer[1:], name)
            except ValueError:
                pass
        error = Unavailable("refused", f"breakerd refused: {answer[1:].decode('utf-8', 'replace')}")
        self._connection.complain(error)
        raise error

    @property
    def asker(self) -> Asker:
        """What asks for tasks of asyncio."""
        with self.ledger:
            if self._asker is None:
                # Not at the top: it loads asyncio, which many programs do without.
                from ._asker import Asker

                self._asker = Asker(self._connection)
                if self._is_closed:
                    self._asker.close()
            return self._asker

    def queue(self, reports: List[Report]) -> None:
        self._connection.queue(reports)

    def send_reports(self) -> None:
        self._connection.send_reports()

    @property
    def has_backlog(self) -> bool:
        """Whether reports wait, because there is no connection or no room."""
        return self._connection.reports_waiting > 0

    def flush_due(self) -> None:
        """Tells what was counted, of any breaker, as far as there is room. What there is no room for stays counted."""
        self.send_reports()
        # Not those of very many breakers in one call; the next one goes on.
        for _ in range(16):
            with self.ledger:
                if not self._counting or self.has_backlog or self.is_draining:
                    return
                for state in list(islice(self._counting, 64)):
                    self.queue(state._drain())
            self.send_reports()

    def is_counting(self, state: BreakerState, now: int) -> None:
        """It has counted what is not told yet. The ledger must be held, here and below."""
        if not self._counting:
            self.due = now + self._flush_interval
        self._counting[state] = None

    def counts(self, state: BreakerState) -> bool:
        """Whether it has counted what is not told yet."""
        return state in self._counting

    def is_told(self, state: BreakerState) -> None:
        """All that it had counted is queued."""
        self._counting.pop(state, None)
        if not self._counting:
            self.due = NEVER

    def count_denial(self) -> None:
        self._statistics.denied_locally += 1

    # The board

    def board(self, now: int) -> Optional[Board]:
        """The board, opened again if that is due."""
        if self._board is None and self._board_path and now >= self._reopen_at and not self._is_closed:
            self._open_board(now)
        return self._board

    def board_is_gone(self, board: Board) -> None:
        """It may not be decided by any more."""
        if self._board is board:
            self._board = None

    def _greeted(self, path: bytes, epoch: bytes, owner: int) -> None:
        self._board_path = path if self._use_board and path.startswith(b"/") else b""
        self._board_owner = owner
        try:
            self._epoch = int(epoch, 16)
        except ValueError:
            self._epoch = None
        self._board = None
        if self._board_path:
            self._open_board(clock())

    def _open_board(self, now: int) -> None:
        self._reopen_at = now + _REOPEN
        try:
            self._board = Board(self._board_path, self._board_owner, self._epoch)
        except (OSError, ValueError):
            # Who may use the socket but not the board misses speed only.
            return
        self._statistics.boards += 1

    # A fork

    def _forked(self) -> None:
        self.era += 1
        abandoned = self._connection
        self._begin()
        abandoned.abandon()
        for state in list(self._names.values()):
            state.reset()


def _close_all() -> None:
    for client in list(_clients):
        client.close()


def _after_fork_in_child() -> None:
    for client in list(_clients):
        client._forked()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_after_fork_in_child)
