from __future__ import annotations

import functools
import inspect
from contextvars import ContextVar
from time import monotonic_ns as clock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Optional, Tuple, Type, TypeVar

from ._board import ALIVE, HEARTBEAT, STATUS
from ._errors import Unavailable
from ._local import LONGEST_TIME
from ._permit import Permit
from ._state import MILLISECOND, Admission, BreakerState

if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

#: The permits of ``with`` statements that this thread, or task, is in; the innermost first.
_entered: ContextVar[Tuple[Permit, ...]] = ContextVar("breakerd_entered", default=())


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

    async def call_async(self, fn: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Awaits ``fn(*args, **kwargs)`` if the breaker lets it pass, as :meth:`call` does: it decides when it is awaited
        itself, and tells how the call ended when that has run to its end. A cancelled call does not count."""
        words, place, word, heartbeat, until, steps, newest, generation = self._state.fast
        if words[place] == word and (now := clock()) < until and words[STATUS] == ALIVE and words[HEARTBEAT] == heartbeat:
            try:
                result: T = await fn(*args, **kwargs)
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
        permit = await self.permit_async()
        try:
            result = await fn(*args, **kwargs)
        except BaseException as error:
            permit.settle(error)
            raise
        permit.ok()
        return result

    def __call__(self, fn: F) -> F:
        """Decorates a function: each call of it is made as by :meth:`call`, and of a coroutine function as by
        :meth:`call_async`.

        A generator function is refused, with ``TypeError``: calling it does not yet run it.
        """
        if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
            raise TypeError(f"{fn!r} does not run when it is called: use `with` or a permit inside of it")
        if inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(type(fn).__call__):

            @functools.wraps(fn)
            async def guarded_async(*args: Any, **kwargs: Any) -> Any:
                return await self.call_async(fn, *args, **kwargs)

            return guarded_async  # type: ignore[return-value]
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

        Raises :class:`Denied`: do not make the call. Raises ``ValueError`` if the lease is not more than 0 seconds, or more
        than a year.
        """
        if lease is not None:
            _check(lease)
        words, place, word, heartbeat, until, _, _, generation = self._state.fast
        if words[place] == word and (now := clock()) < until and words[STATUS] == ALIVE and words[HEARTBEAT] == heartbeat:
            return Permit(self, now, generation)
        return self._permit(self._state.decide() or self._state.ask(lease))

    async def permit_async(self, lease: Optional[float] = None) -> Permit:
        """The same as :meth:`permit` for a task of asyncio: where the daemon must be asked, a thread waits for it and not the
        event loop. A permit that comes when the task has been cancelled is given back."""
        if lease is not None:
            _check(lease)
        state = self._state
        words, place, word, heartbeat, until, _, _, generation = state.fast
        if words[place] == word and (now := clock()) < until and words[STATUS] == ALIVE and words[HEARTBEAT] == heartbeat:
            return Permit(self, now, generation)
        admission = state.decide()
        if admission is not None:
            return self._permit(admission)
        try:
            era = state.era
            return await state.asker.ask(state.request(lease), lambda answer: self._permit(state.admit(answer, era)))
        except Unavailable as error:
            return self._permit(state.admit_without(error))

    def _permit(self, admission: Admission) -> Permit:
        return Permit(self, admission.started, admission.generation, admission)

    def __enter__(self) -> Permit:
        return _enter(self.permit())

    async def __aenter__(self) -> Permit:
        return _enter(await self.permit_async())

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self.__exit__(kind, error, trace)

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


def _check(lease: float) -> None:
    if not 0 < lease <= LONGEST_TIME:
        raise ValueError("lease must be more than 0 seconds, and a year at most")


def _enter(permit: Permit) -> Permit:
    _entered.set((permit, *_entered.get()))
    return permit
