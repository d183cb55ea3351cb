from __future__ import annotations

import itertools
import sys
import threading
from typing import Iterator, List


class _LockedCount:
    """``itertools.count()`` for an interpreter without a global lock, where that one may lose steps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0

    def __iter__(self) -> _LockedCount:
        return self

    def __next__(self) -> int:
        with self._lock:
            self._next += 1
            return self._next - 1


def make_counter() -> Iterator[int]:
    """A counter that threads may step by ``next`` at once, and no step is lost: under the global lock a step of
    ``itertools.count`` is indivisible, which ``+= 1`` is not."""
    has_global_lock = getattr(sys, "_is_gil_enabled", lambda: True)()
    return itertools.count() if has_global_lock else _LockedCount()


class Tally:
    """How often something has happened. ``next(steps)`` counts; whoever holds the client's ledger takes what there is."""

    __slots__ = ("steps", "_taken")

    def __init__(self) -> None:
        self.steps = make_counter()
        self._taken = 0

    def take(self) -> int:
        """How often since the last time. To look is a step as well, which is not counted."""
        step = next(self.steps)
        count = step - self._taken
        self._taken = step + 1
        return count


class Generation:
    """What this process has seen of one generation of a breaker."""

    __slots__ = ("number", "since", "era", "successes", "newest")

    def __init__(self, number: int, since: int, era: int) -> None:
        """``since``: when it was first seen here. ``era``: the client's at that time."""
        self.number = number
        self.since = since
        self.era = era
        self.successes = Tally()
        #: When the newest of the successes ended.
        self.newest: List[int] = [since]

    @property
    def token(self) -> bytes:
        return b"%d" % self.number
