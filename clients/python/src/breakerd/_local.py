from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

#: A year, in seconds: no time that a program gives is longer.
LONGEST_TIME = 31_536_000.0


@dataclass(frozen=True)
class Local:
    """What calls go by while the daemon cannot be asked: so many failures in a row of one breaker in this process refuse
    its calls for ``duration`` seconds; then one call in each ``duration`` passes, until one succeeds."""

    failures: int = 5
    duration: float = 30.0

    def __post_init__(self) -> None:
        if not 1 <= self.failures < float("inf") or not 0 < self.duration <= LONGEST_TIME:
            raise ValueError("failures must be 1 or more, and duration more than 0 seconds and a year at most")

    def __str__(self) -> str:
        return f"local, {self.failures} failures, {self.duration:g} s"


class LocalBreaker:
    """The state that :class:`Local` describes. Times are in nanoseconds."""

    __slots__ = ("_failures", "_duration", "_run", "_next_call")

    def __init__(self, rule: Local) -> None:
        self._failures = rule.failures
        self._duration = int(rule.duration * 1e9)
        self._run = 0
        self._next_call = 0

    def wait(self, now: int) -> Optional[int]:
        """How long calls are refused yet; None: this one passes."""
        if self._run < self._failures:
            return None
        if now < self._next_call:
            return self._next_call - now
        self._next_call = now + self._duration
        return None

    def succeeded(self) -> None:
        self._run = 0

    def failed(self, now: int) -> None:
        self._run = min(self._run + 1, self._failures)
        if self._run >= self._failures:
            self._next_call = now + self._duration
