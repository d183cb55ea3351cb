"""What is to be told to the daemon, until it is told."""

from __future__ import annotations

from typing import NamedTuple, Optional

#: The most reports that wait to be sent.
MAXIMUM = 1_000
_MILLISECOND = 1_000_000
#: How much later a daemon may take a failure up, as a rule.
_LAG = 10 * _MILLISECOND


class Report(NamedTuple):
    """A quiet request, but for its tag."""

    #: Verb, name, outcome and options.
    text: bytes
    #: When what it tells of has ended, by the monotonic clock, in nanoseconds; None: it has no age.
    ended: Optional[int] = None
    #: Whether it tells of several ends, the newest of which is ``ended``: then its age is never rounded to nothing.
    is_batch: bool = False
    #: When the same breaker last failed in this process. A success that came after it must not seem to come before it, by
    #: rounding or because a busy daemon took the failure up a little later: it ends the run of failures.
    after: Optional[int] = None

    def line(self, tag: bytes, now: int) -> bytes:
        """The line that tells it at ``now``."""
        age = 0
        if self.ended is not None and (self.is_batch or now - self.ended >= _MILLISECOND):
            age = -((self.ended - now) // _MILLISECOND)
            if self.after is not None:
                age = min(age, (now - self.after - _LAG) // _MILLISECOND)
        return b"@%s %s%s quiet\n" % (tag, self.text, b" age=%d" % age if age > 0 else b"")
