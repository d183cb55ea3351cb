from __future__ import annotations

from time import monotonic_ns as clock
from typing import TYPE_CHECKING, Optional, Type, Union

from ._generation import Generation
from ._protocol import word as as_word
from ._state import MILLISECOND, Admission

if TYPE_CHECKING:
    from ._breaker import Breaker

#: What ``fail`` takes: what was raised, its type, or a word for it.
Cause = Union[BaseException, Type[BaseException], str]


class Permit:
    """Leave to make one call. Tell its end by :meth:`ok`, :meth:`fail` or :meth:`ignore`: the first of them counts, the
    others do nothing.

    The time from the permit to its end is told as the call's duration. A permit that is let go without an end counts as
    ignored, and its place is given back. After a fork, the parent's permits mean nothing in the child.
    """

    __slots__ = ("_breaker", "_started", "_generation", "_admission")

    def __init__(
        self, breaker: Breaker, started: int, generation: Optional[Generation], admission: Optional[Admission] = None
    ) -> None:
        """``admission`` is None for a call that took the fast path, in ``generation``."""
        self._breaker = breaker
        self._started: Optional[int] = started
        self._generation = generation
        self._admission = admission

    @property
    def name(self) -> str:
        """The breaker's name."""
        return self._breaker.name

    def ok(self) -> None:
        """The call worked."""
        started, self._started = self._started, None
        if started is None:
            return
        generation = self._generation
        if self._admission is not None or generation is None:
            self._breaker._state.succeeded(self._to_tell(started))
            return
        end = clock()
        if end - started < MILLISECOND:
            next(generation.successes.steps)
            generation.newest[0] = end
        else:
            self._breaker._state.passed(generation, started)

    def fail(self, cause: Optional[Cause] = None) -> None:
        """The call failed, in a way that speaks against the dependency. ``cause`` is told as the class of the failure."""
        started, self._started = self._started, None
        if started is not None:
            self._breaker._state.failed(self._to_tell(started), _error_class(cause))

    def ignore(self) -> None:
        """The call says nothing about the dependency: it was cancelled, or was wrong itself."""
        started, self._started = self._started, None
        if started is not None:
            self._breaker._state.ignored(self._to_tell(started))

    def settle(self, error: Optional[BaseException]) -> None:
        """The call ended with this exception, or without one: which of the three that is, the breaker's ``exclude`` and
        ``is_failure`` say."""
        if error is None:
            self.ok()
            return
        is_failure = True
        try:
            is_failure = self._breaker._is_failure(error)
        finally:
            if is_failure:
                self.fail(error)
            else:
                self.ignore()

    def _to_tell(self, started: int) -> Admission:
        generation = self._generation
        return self._admission or Admission(started, generation.era if generation is not None else 0, generation)

    def __del__(self) -> None:
        if self._started is not None:
            self.ignore()


def _error_class(cause: Optional[Cause]) -> Optional[bytes]:
    if cause is None:
        return None
    if isinstance(cause, str):
        return as_word(cause)
    kind = cause if isinstance(cause, type) else type(cause)
    return as_word(kind.__name__)
