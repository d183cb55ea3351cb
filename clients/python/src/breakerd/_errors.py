from __future__ import annotations

from typing import Optional

_TEXTS = {
    "open": "is open",
    "half-open": "is half-open and is being probed",
    "forced-open": "was forced open by an admin",
    "saturated": "has as many calls under way as it allows",
    "ramp": "has just closed and lets only some calls pass",
    "unavailable": "cannot be asked",
    "local": "is open in this process, and breakerd cannot be asked",
}


class BreakerdError(Exception):
    """What all errors of this library are."""


class Denied(BreakerdError):
    """A call was refused, and not made.

    ``reason`` is ``open``, ``half-open``, ``forced-open``, ``saturated`` or ``ramp`` (a later daemon may know more), or,
    where the daemon could not be asked, ``unavailable`` or ``local``; then ``__cause__`` is the :class:`Unavailable`.
    ``retry_after`` is in how many seconds to ask again; None: not known, or nothing changes until an admin acts.
    ``name`` is the breaker.
    """

    def __init__(self, reason: str, retry_after: Optional[float] = None, name: str = "") -> None:
        super().__init__(reason, retry_after, name)
        self.reason = reason
        self.retry_after = retry_after
        self.name = name

    def __str__(self) -> str:
        text = f"breaker {self.name} {_TEXTS.get(self.reason, 'refuses: ' + self.reason)}"
        return text if self.retry_after is None else f"{text}, retry in {self.retry_after:.3g} s"


class InvalidName(BreakerdError, ValueError):
    """No breaker can have this name: 1 to 100 of ``A-Z a-z 0-9 . _ : / @ -``, the first a letter, a digit or ``_``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return (
            f"{self.name!r} cannot be the name of a breaker: 1 to 100 of A-Z a-z 0-9 . _ : / @ -, "
            "the first a letter, a digit or _"
        )


class Unavailable(BreakerdError):
    """The daemon could not be asked. Programs see it only as the cause of a :class:`Denied`.

    ``reason`` is one word: ``not-running``, ``not-permitted``, ``backlog-full``, ``cannot-connect``, ``timed-out``,
    ``lost``, ``refused``, ``not-breakerd``, ``busy`` or ``closed``.
    """

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason, text)
        self.reason = reason
        self.text = text

    def __str__(self) -> str:
        return self.text
