from __future__ import annotations

import functools
import inspect
from contextvars import ContextVar
from time import monotonic_ns as clock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Callable, Optional, Tuple, Type, TypeVar, Union

from ._board import ALIVE, HEARTBEAT, STATUS
from ._generation import Generation
from ._protocol import word as as_word
from ._state import MILLISECOND, Admission, BreakerState

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

#: What ``fail`` takes: what was raised, its type, or a word for it.
Cause = Union[BaseException, Type[BaseException], str]

#: The permits of ``with`` statements that this thread, or task, is in; the innermost first.
_entered: ContextVar[Tuple[Permit, ...]] = ContextVar("breakerd_entered", default=())


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


class Breaker:
    """One breaker of the host, as a program uses it. Threads may share it. Made by :meth:`Client.breaker`.

    Exceptions that are no ``Exception`` (``KeyboardInterrupt``, ``SystemExit``, a cancelled task) never count.
    """

    __slots__ = ("_state", "_exclude", "_predicate")

    def __init__(
        self,
        state: BreakerState,
        exclude: Tuple[Type[BaseException], ...],
        is_failure: Optional[Callable[[Exception], bool]],
    ) -> None:
        self._state = state
        self._exclude = exclude
        self._predicate = is_failure

    @property
    def name(self) -> str:
        """The breaker's name."""
        return self._state.name

    def __repr__(self) -> str:
        return f"<breakerd.Breaker {self.name}>"

    def call(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Calls ``fn(*args, **kwargs)`` if the breaker lets it pass, and tells how it ended and how long it took.

        Raises :class:`Denied` if it was not called; else what it raises.
        """
        # The same as in __call__ and permit: a function shared by them would make each a third slower.
        words, place, word, heartbeat, until, steps, newest, generation = self._state.fast
        if words[place] == word and (now := clock()) < until and words[STATUS] == ALIVE and words[HEARTBEAT] == heartbeat:
            try:
                result: T = fn(*args, **kwargs) if kwargs else fn(*args)  # type: ignore[call-arg]
            except BaseException as error:
                Permit(self, now, generation).settle(error)
                raise
            end = clock()
            if end - now < MILLISECOND:
                next(steps)
                newest[0] = end
            else:
                self._state.passed(generation, now)
            return result
        guarded: T = self._guarded(fn, args, kwargs)
        return guarded

    def __call__(self, fn: F) -> F:
        """Decorates a function: each call of it is made as by :meth:`call`.

        A coroutine function or a generator function is refused, with ``TypeError``: calling it does not yet run it.
        """
        if inspect.iscoroutinefunction(fn) or inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
            raise TypeError(f"{fn!r} does not run when it is called: use `with` or a permit inside of it")
        state = self._state

        @functools.wraps(fn)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            words, place, word, heartbeat, until, steps, newest, generation = state.fast
            if (words[place] == word and (now := clock()) < until and words[STATUS] == ALIVE
                    and words[HEARTBEAT] == heartbeat):
                try:
                    result = fn(*args, **kwargs) if kwargs else fn(*args)
                except BaseException as error:
                    Permit(self, now, generation).settle(error)
                    raise
                end = clock()
                if end - now < MILLISECOND:
                    next(steps)
                    newest[0] = end
                else:
                    state.passed(generation, now)
                return result
            return self._guarded(fn, args, kwargs)

        return guarded  # type: ignore[return-value]

    def permit(self, lease: Optional[float] = None) -> Permit:
        """Asks whether a call may be made, for callers that tell its end themselves.

        ``lease`` is how many seconds the call may take at most, if not what the breaker's policy says. It matters where the
        daemon keeps a place for the call, as for a probe: not settled by then, a probe has failed.

        Raises :class:`Denied`: do not make the call.
        """
        words, place, word, heartbeat, until, _, _, generation = self._state.fast
        if words[place] == word and (now := clock()) < until and words[STATUS] == ALIVE and words[HEARTBEAT] == heartbeat:
            return Permit(self, now, generation)
        admission = self._state.admit(lease)
        return Permit(self, admission.started, admission.generation, admission)

    def __enter__(self) -> Permit:
        permit = self.permit()
        _entered.set((permit, *_entered.get()))
        return permit

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        permits = _entered.get()
        number = 0
        # Generators may leave in another order than they entered.
        while number < len(permits) and permits[number]._breaker is not self:
            number += 1
        if number < len(permits):
            _entered.set(permits[:number] + permits[number + 1 :])
            permits[number].settle(error)

    def _guarded(self, fn: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        permit = self.permit()
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            permit.settle(error)
            raise
        permit.ok()
        return result

    def _is_failure(self, error: BaseException) -> bool:
        if not isinstance(error, Exception) or isinstance(error, self._exclude):
            return False
        return self._predicate is None or bool(self._predicate(error))


def _error_class(cause: Optional[Cause]) -> Optional[bytes]:
    if cause is None:
        return None
    if isinstance(cause, str):
        return as_word(cause)
    kind = cause if isinstance(cause, type) else type(cause)
    return as_word(kind.__name__)
