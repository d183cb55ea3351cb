from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic_ns as clock
from typing import Callable, Generic, TypeVar, Union, cast

from ._connection import Connection
from ._errors import Unavailable
from ._reports import MAXIMUM

T = TypeVar("T")

#: How many seconds later than the thread the task looks at the time: the thread knows better what was wrong.
_GRACE = 0.005


class Asker:
    """Asks for tasks of asyncio, in a thread of its own, so that no event loop waits for the socket.

    The tasks may be of several loops, and are served in the order they came. The thread keeps the deadline of each; the task
    has a timer beside, in case the thread cannot run.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, "breakerd")
        self._lock = threading.Lock()
        self._under_way = 0

    async def ask(self, ask: Callable[[int], T]) -> T:
        """What ``ask`` gives or raises, which is run in the thread, and told until when. What it gives after the task has
        gone, by cancellation or in time, is let go.

        Raises :class:`Unavailable` if it was not run, or not in time.
        """
        limit = clock() + self._connection.deadline
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # The loop of another framework has to wait.
            return ask(limit)
        refusal = self._connection.refusal()
        if refusal is not None:
            raise self._connection.unasked(refusal)
        question = _Question(ask, limit, loop, self._is_done)
        self._submit(question)
        try:
            await asyncio.wait((question.arrival,), timeout=(limit - clock()) / 1e9 + _GRACE)
            if question.arrival.done():
                return question.take()
        finally:
            question.leave()
        if question.has_begun:
            raise Unavailable("timed-out", "no answer within the deadline")
        raise self._connection.unasked(self._connection.busy())

    def close(self) -> None:
        """Lets the thread end."""
        self._thread.shutdown(wait=False)

    def _submit(self, question: _Question[T]) -> None:
        # While the daemon fails, one task at a time finds that out, and no other waits for it.
        most = 1 if self._connection.is_failing else MAXIMUM
        with self._lock:
            is_full = self._under_way >= most
            self._under_way += not is_full
        if is_full:
            raise self._connection.unasked(self._connection.busy())
        try:
            self._thread.submit(question)
        except RuntimeError as error:
            # The client was closed meanwhile, or the interpreter ends.
            self._is_done()
            raise self._connection.unasked(Unavailable("closed", str(error))) from None

    def _is_done(self) -> None:
        with self._lock:
            self._under_way -= 1


class _Question(Generic[T]):
    """What the thread is given. If nobody waits any more it is passed over; taken out of the queue it is not, so that what is
    there is counted. The outcome is kept here, where nothing else holds it when the task has gone."""

    __slots__ = ("arrival", "has_begun", "_ask", "_limit", "_loop", "_is_done", "_is_wanted", "_outcome")

    def __init__(
        self, ask: Callable[[int], T], limit: int, loop: asyncio.AbstractEventLoop, is_done: Callable[[], None]
    ) -> None:
        self.arrival: asyncio.Future[None] = loop.create_future()
        self.has_begun = False
        self._ask = ask
        self._limit = limit
        self._loop = loop
        self._is_done = is_done
        self._is_wanted = True
        self._outcome: Union[T, BaseException, None] = None

    def __call__(self) -> None:
        """In the thread."""
        outcome: Union[T, BaseException, None] = None
        if self._is_wanted:
            self.has_begun = True
            try:
                outcome = self._ask(self._limit)
            except BaseException as error:
                outcome = error
        # Before the task hears of it, which may ask again at once.
        self._is_done()
        try:
            self._loop.call_soon_threadsafe(self._arrive, outcome)
        except RuntimeError:
            # The loop is closed.
            pass
        # The trace of an error holds all that is here.
        del outcome

    def take(self) -> T:
        """The outcome, when it has arrived."""
        outcome, self._outcome = self._outcome, None
        if isinstance(outcome, BaseException):
            raise outcome
        return cast(T, outcome)

    def leave(self) -> None:
        """The task waits no longer."""
        self._is_wanted = False
        self._outcome = None

    def _arrive(self, outcome: Union[T, BaseException, None]) -> None:
        if self._is_wanted:
            self._outcome = outcome
            self.arrival.set_result(None)
