from __future__ import annotations

import asyncio
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from time import monotonic_ns as clock
from typing import Callable, Deque, Generic, TypeVar, Union, cast

from ._connection import Connection, Request
from ._errors import Unavailable
from ._reports import MAXIMUM

T = TypeVar("T")

#: How many seconds later than the thread the task looks at the time: the thread knows better what was wrong.
_GRACE = 0.005


class Asker:
    """Asks for tasks of asyncio, in a thread of its own, so that no event loop waits for the socket.

    The tasks may be of several loops. All that have come while others were asked for are asked for together, in the order
    they came. The thread keeps the deadline of the last of them; each task has a timer beside.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, "breakerd")
        self._lock = threading.Lock()
        self._questions: Deque[_Question[object]] = deque()
        self._under_way = 0

    async def ask(self, text: bytes, admit: Callable[[bytes], T]) -> T:
        """What ``admit`` gives or raises, which is told the reply to a request, in the thread. What it gives when the task
        has gone, by cancellation or in time, is let go.

        Raises :class:`Unavailable` if there was no reply in time.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # The loop of another framework has to wait.
            return admit(self._connection.ask(text))
        refusal = self._connection.refusal()
        if refusal is not None:
            raise self._connection.unasked(refusal)
        question = _Question(text, clock() + self._connection.deadline, admit, loop, self)
        self._submit(question)
        timer = loop.call_later((question.limit - clock()) / 1e9 + _GRACE, question.expire)
        try:
            await question.arrival
            if not question.has_expired:
                return question.take()
        finally:
            timer.cancel()
            question.leave()
        if question.has_begun:
            raise Unavailable("timed-out", "no answer within the deadline")
        raise self._connection.unasked(self._connection.busy())

    def close(self) -> None:
        """Lets the thread end."""
        self._thread.shutdown(wait=False)

    def missed(self) -> None:
        """A reply has come that a task had waited for too long."""
        self._connection.missed(Unavailable("timed-out", "no answer within the deadline"))

    def is_done(self) -> None:
        """A question is under way no more."""
        with self._lock:
            self._under_way -= 1

    def _submit(self, question: _Question[T]) -> None:
        # While the daemon fails, one task at a time finds that out, and no other waits for it.
        most = 1 if self._connection.is_failing else MAXIMUM
        with self._lock:
            is_full = self._under_way >= most
            is_first = not self._questions
            if not is_full:
                self._under_way += 1
                self._questions.append(cast("_Question[object]", question))
        if is_full:
            raise self._connection.unasked(self._connection.busy())
        if not is_first:
            return
        try:
            self._thread.submit(self._serve)
        except RuntimeError as error:
            # The client was closed meanwhile, or the interpreter ends.
            self._take()
            raise self._connection.unasked(Unavailable("closed", str(error))) from None

    def _serve(self) -> None:
        """In the thread."""
        questions = self._take()
        try:
            if questions:
                self._connection.ask_all(questions)
        finally:
            for question in questions:
                if question.outcome is None:
                    self.is_done()

    def _take(self) -> list[_Question[object]]:
        """Takes all that waits, and returns what somebody still waits for."""
        with self._lock:
            taken = list(self._questions)
            self._questions.clear()
            questions = [question for question in taken if question.begin()]
            self._under_way -= len(taken) - len(questions)
            return questions


class _Question(Request, Generic[T]):
    """What the thread is given. If nobody waits any more it is passed over; taken out of the queue it is not, so that what is
    there is counted. What was admitted is kept here, where nothing else holds it when the task has gone."""

    __slots__ = ("arrival", "has_begun", "has_expired", "_admit", "_loop", "_asker", "_is_wanted", "_admitted")

    def __init__(
        self, text: bytes, limit: int, admit: Callable[[bytes], T], loop: asyncio.AbstractEventLoop, asker: Asker
    ) -> None:
        super().__init__(text, limit)
        self.arrival: asyncio.Future[None] = loop.create_future()
        self.has_begun = False
        self.has_expired = False
        self._admit = admit
        self._loop = loop
        self._asker = asker
        self._is_wanted = True
        self._admitted: Union[T, BaseException, None] = None

    # In the thread

    def begin(self) -> bool:
        """Whether it is to be asked."""
        self.has_begun = self._is_wanted and clock() < self.limit
        return self.has_begun

    def tell(self) -> None:
        admitted: Union[T, BaseException, None] = None
        try:
            admitted = self._admit(self.outcome) if isinstance(self.outcome, bytes) else self.outcome
        except BaseException as error:
            admitted = error
        # Before the task hears of it, which may ask again at once.
        self._asker.is_done()
        try:
            self._loop.call_soon_threadsafe(self._arrive, admitted)
        except RuntimeError:
            # The loop is closed.
            pass
        # The trace of an error holds all that is here.
        del admitted

    # In the loop

    def take(self) -> T:
        """What was admitted, when it has arrived."""
        admitted, self._admitted = self._admitted, None
        if isinstance(admitted, BaseException):
            raise admitted
        return cast(T, admitted)

    def leave(self) -> None:
        """The task waits no longer."""
        self._is_wanted = False
        self._admitted = None

    def expire(self) -> None:
        """The time is up."""
        if not self.arrival.done():
            self.has_expired = True
            self.arrival.set_result(None)

    def _arrive(self, admitted: Union[T, BaseException, None]) -> None:
        if not self.arrival.done():
            self._admitted = admitted
            self.arrival.set_result(None)
        elif self.has_expired and isinstance(self.outcome, bytes):
            self._asker.missed()
