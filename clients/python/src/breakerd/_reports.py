"""What is to be told to the daemon, until it is told."""

from __future__ import annotations

from typing import NamedTuple, Optional

#: The most reports that wait to be sent.
MAXIMUM = 1_000


class Report(NamedTuple):
    """A quiet request, but for its tag."""

    #: Verb, name, outcome and options.
    text: bytes
    #: When what it tells of has ended, by the monotonic clock, in nanoseconds; None: it has no age.
    ended: Optional[int] = None
    #: Whether it tells of several ends, the newest of which is ``ended``: then its age is never rounded to nothing.
    is_batch: bool = False

    def line(self, tag: bytes, now: int) -> bytes:
        """The line that tells it at ``now``."""
        age = b""
        if self.ended is not None:
            passed = now - self.ended
            if self.is_batch or passed >= 1_000_000:
                age = b" age=%d" % max(-(-passed // 1_000_000), 0)
        return b"@%s %s%s quiet\n" % (tag, self.text, age)
