from __future__ import annotations

from time import monotonic_ns as clock
from typing import TYPE_CHECKING, Iterator, List, NamedTuple, Optional, Tuple

from . import _board
from ._board import Board, Look
from ._errors import Denied, Unavailable
from ._generation import Generation, Tally
from ._local import Local, LocalBreaker
from ._protocol import LARGEST_COUNT
from ._reports import Report

if TYPE_CHECKING:
    from ._asker import Asker
    from ._client import Client

MILLISECOND = 1_000_000
#: For so long after a generation was first seen each outcome is told at once: a fresh window must not be filled by
#: failures alone.
_UNBATCHED = 1_000_000_000
#: Later than any time.
NEVER = 1 << 63
#: A name that a board lacks is looked for again after so long.
_LOOK_AGAIN = 1_000_000_000
#: A generation that is over is looked at for so long, in case a thread was about to count.
_RETIRED = 10_000_000_000


#: All that a call needs to pass by the board: while these hold, nothing else has to be looked at. A tuple without names,
#: which is unpacked in half the time:
#:
#: * the words of the board, where the breaker's word is among them, and what it must be;
#: * what the heartbeat must be;
#: * until when a call may begin: then the heartbeat is still good, and if the call takes less than a millisecond it ends
#:   before the batch is due;
#: * what to step for a success, and where to leave the time of its end;
#: * the generation.
FastPath = Tuple[memoryview, int, int, int, int, Iterator[int], List[int], Generation]

_CLOSED: FastPath = (memoryview(bytes(8)).cast("Q"), 0, 1, 0, 0, iter(()), [], Generation(0, 0, 0))


class Admission(NamedTuple):
    """Leave to make a call, and what its end is to be told with."""

    started: int
    era: int
    #: Set if the board gave leave: then successes may be told in batches.
    generation: Optional[Generation] = None
    token: Optional[bytes] = None
    holds_permit: bool = False


class BreakerState:
    """What a client knows of one breaker, shared by all handles of that name."""

    __slots__ = (
        "name", "fast", "_client", "_text", "_place", "_look_at", "_current", "_retired", "_denials", "_failed_at",
        "_local", "__weakref__",
    )

    def __init__(self, client: Client, name: str, text: bytes) -> None:
        self.name = name
        self._client = client
        self._text = text
        self.reset()

    def reset(self) -> None:
        """Forgets all, as in a process that has just been forked."""
        self.fast: FastPath = _CLOSED
        #: A board, and where the breaker's word is there; None: it has none.
        self._place: Tuple[Optional[Board], Optional[int]] = (None, None)
        self._look_at = 0
        self._current: Optional[Generation] = None
        self._retired: List[Tuple[Generation, int]] = []
        self._denials = Tally()
        self._failed_at: Optional[int] = None
        rule = self._client.on_unavailable
        self._local = LocalBreaker(rule) if isinstance(rule, Local) else None

    # Whether a call may be made

    @property
    def asker(self) -> Asker:
        return self._client.asker

    @property
    def era(self) -> int:
        return self._client.era

    def decide(self) -> Optional[Admission]:
        """Decides by the board; None: it does not say, the daemon must be asked. Raises :class:`Denied`. Never waits."""
        now = clock()
        if now >= self._client.due:
            self._client.flush_due()
        board = self._client.board(now)
        look = self._look(board, now)
        if look is not None and board is not None:
            if look.verdict == _board.ALLOW:
                return self._pass(board, look)
            if look.verdict == _board.DENY:
                self._count_denial(look.now)
                raise Denied(_board.REASONS[_board.state(look.word)], board.retry_after(look), self.name)
            if look.verdict == _board.GONE:
                self._client.board_is_gone(board)
        return None

    def _look(self, board: Optional[Board], now: int) -> Optional[Look]:
        if board is None:
            return None
        known, index = self._place
        if known is not board or (index is None and now >= self._look_at):
            index = board.find(self._text)
            # A name that is not there yet gets its slot when it is asked about.
            self._look_at = now + _LOOK_AGAIN if known is board else now
            self._place = (board, index)
        return None if index is None else board.look(index)

    def _pass(self, board: Board, look: Look) -> Admission:
        generation = self._see(_board.generation(look.word), look.now)
        # With a batch under way and all else as it should be, the next calls need not come here.
        due, (known, index) = self._client.due, self._place
        if (known is board and index is not None and look.now - generation.since >= _UNBATCHED
                and self._client.counts(self)):
            until = min(due - MILLISECOND, look.heartbeat + _board.FRESH)
            self.fast = (
                board.words, index, look.word, look.heartbeat, until, generation.successes.steps,
                generation.newest, generation)
        return Admission(look.now, generation.era, generation)

    def ask(self, lease: Optional[float]) -> Admission:
        """Asks the daemon, and waits for its answer. Raises :class:`Denied`."""
        era = self._client.era
        try:
            return self.admit(self._client.ask(self.request(lease)), era)
        except Unavailable as error:
            return self.admit_without(error)

    def request(self, lease: Optional[float]) -> bytes:
        """The line that asks for a call."""
        text = b"allow " + self._text
        return text if lease is None else text + b" lease=%dms" % max(int(lease * 1000), 1)

    def admit(self, answer: bytes, era: int) -> Admission:
        """Decides by the daemon's answer to what was asked in ``era``. Raises :class:`Denied`, or :class:`Unavailable`."""
        allowed = self._client.decision(answer, self.name)
        now = clock()
        if allowed.generation is not None:
            self._see(allowed.generation, now)
        return Admission(now, era, None, allowed.token, allowed.holds_permit)

    def admit_without(self, error: Unavailable) -> Admission:
        """Decides without the daemon. Raises :class:`Denied`."""
        now = clock()
        if self._client.on_unavailable == "deny":
            raise Denied("unavailable", None, self.name) from error
        if self._local is not None:
            with self._client.ledger:
                wait = self._local.wait(now)
            if wait is not None:
                raise Denied("local", wait / 1e9, self.name) from error
        # With the last generation known the end can still be told, and is known for stale if the breaker has moved.
        current = self._current
        return Admission(now, self._client.era, None, current.token if current is not None else None)

    def _see(self, number: int, now: int) -> Generation:
        current = self._current
        if current is not None and current.number == number:
            return current
        with self._client.ledger:
            current = self._current
            if current is not None and current.number == number:
                return current
            reports = self._drain()
            if current is not None:
                self._retired.append((current, now + _RETIRED))
            self._current = current = Generation(number, now, self._client.era)
            self._client.queue(reports)
        self._client.send_reports()
        return current

    # How it ended

    def succeeded(self, admission: Admission) -> None:
        if admission.generation is not None:
            self.passed(admission.generation, admission.started)
        else:
            self._tell(b"ok", admission.token, admission.started, None, admission.era)

    def passed(self, generation: Generation, started: int) -> None:
        """A call that the board let pass has succeeded."""
        now = clock()
        if self._must_be_told(generation, started, now):
            self._tell(b"ok", generation.token, started, None, generation.era)
            return
        with self._client.ledger:
            if generation.era != self._client.era:
                return
            next(generation.successes.steps)
            generation.newest[0] = now
            if self._local is not None:
                self._local.succeeded()
            self._client.is_counting(self, now)
        if now >= self._client.due:
            self._client.flush_due()

    def _must_be_told(self, generation: Generation, started: int, now: int) -> bool:
        board, index = self._place
        slow = board.slow_ms(index) if board is not None and index is not None else 0
        if slow > 0 and (now - started) // MILLISECOND >= slow or generation is not self._current:
            return True
        # While reports wait, one more for each success would only push others out.
        return now - generation.since < _UNBATCHED and not self._client.has_backlog

    def failed(self, admission: Admission, error_class: Optional[bytes]) -> None:
        generation = admission.generation
        token = generation.token if generation is not None else admission.token
        self._tell(b"fail", token, admission.started, error_class, admission.era)

    def ignored(self, admission: Admission) -> None:
        if admission.era != self._client.era:
            return
        if admission.holds_permit:
            self._client.queue([Report(b"report %s ignore %s" % (self._text, admission.token or b""))])
            self._client.send_reports()
        if clock() >= self._client.due:
            self._client.flush_due()

    def _tell(
        self, outcome: bytes, token: Optional[bytes], started: int, error_class: Optional[bytes], era: int
    ) -> None:
        now = clock()
        if era != self._client.era:
            return
        text = b"report %s %s" % (self._text, outcome)
        if token is not None:
            text += b" %s ms=%d" % (token, (now - started) // MILLISECOND)
        if error_class:
            text += b" err=%s" % error_class
        with self._client.ledger:
            if self._local is not None:
                if outcome == b"fail":
                    self._local.failed(now)
                else:
                    self._local.succeeded()
            if token is not None:
                self._client.queue(self._drain() + [Report(text, now, after=self._failed_at if outcome == b"ok" else None)])
            if outcome == b"fail":
                self._failed_at = now
        if token is not None:
            self._client.send_reports()
        # What other breakers have counted.
        if now >= self._client.due:
            self._client.flush_due()

    # What is told later

    def _count_denial(self, now: int) -> None:
        with self._client.ledger:
            self._client.count_denial()
            next(self._denials.steps)
            self._client.is_counting(self, now)

    def _drain(self) -> List[Report]:
        """Takes all that was counted. The ledger must be held."""
        client = self._client
        # A signal handler or finalizer may come here while its own thread is here.
        if client.is_draining:
            return []
        client.is_draining = True
        try:
            self.fast = _CLOSED
            client.is_told(self)
            reports: List[Report] = []
            for generation, _ in self._retired:
                reports += self._successes(generation)
            if self._current is not None:
                reports += self._successes(self._current)
            for count in _portions(self._denials.take()):
                reports.append(Report(b"denied %s n=%d" % (self._text, count)))
            if self._retired:
                now = clock()
                self._retired = [(generation, end) for generation, end in self._retired if end > now]
            return reports
        finally:
            client.is_draining = False

    def _successes(self, generation: Generation) -> Iterator[Report]:
        for count in _portions(generation.successes.take()):
            text = b"report %s ok %s n=%d" % (self._text, generation.token, count)
            yield Report(text, generation.newest[0], True, self._failed_at)


def _portions(count: int) -> Iterator[int]:
    while count > 0:
        yield min(count, LARGEST_COUNT)
        count -= LARGEST_COUNT
