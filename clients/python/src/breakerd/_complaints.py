from __future__ import annotations

import logging
import os
from collections import deque
from time import monotonic_ns as clock
from typing import Any, Deque, Optional, Tuple, Union

from ._errors import Unavailable
from ._local import Local

_INTERVAL = 60_000_000_000
_OUTCOMES = {"allow": "calls are not guarded", "deny": "calls are refused"}


class Complaints:
    """What the program's log hears of the connection: a line a minute of each kind at most, with what to do.

    Lines are kept until :meth:`write`, since a log may be slow, or be guarded itself.
    """

    def __init__(self, logger: Optional[logging.Logger], on_unavailable: Union[str, Local]) -> None:
        self._logger = logger
        self._on_unavailable = on_unavailable
        self._outcome = _OUTCOMES.get(str(on_unavailable), "each process guards its calls alone")
        self._last: dict[str, int] = {}
        self._lines: Deque[Tuple[int, str, Tuple[Any, ...]]] = deque()

    def unavailable(self, error: Unavailable, path: str) -> None:
        """A call was not answered."""
        self.keep(error, path)
        self.write()

    def keep(self, error: Unavailable, path: str) -> None:
        """The same, to be written later."""
        if error.reason == "closed":
            return
        if error.reason == "refused":
            self._add(
                "refusal", logging.WARNING, "%s, so %s (on_unavailable=%s)", error, self._outcome, self._on_unavailable)
        elif error.reason != "not-permitted":
            self._add(
                "unavailable", logging.WARNING, "breakerd cannot be asked, so %s (on_unavailable=%s): %s",
                self._outcome, self._on_unavailable, error)
        else:
            # No look-up of names here: they may come over a network, and a call waits.
            uid = os.geteuid()
            self._add(
                "not-permitted", logging.ERROR,
                "No permission to open breakerd's socket %s as uid %d, so %s (on_unavailable=%s). "
                'To mend it: usermod -aG "$(stat -c %%G %s)" "$(id -nu %d)", then log in or start anew',
                path, uid, self._outcome, self._on_unavailable, path, uid)

    def refused(self, line: bytes) -> None:
        """The daemon refused a report."""
        self._add("refused", logging.WARNING, "breakerd refused a report: %s", line.decode("utf-8", "replace"))

    def write(self) -> None:
        """Writes what was kept. No lock may be held."""
        while self._lines:
            try:
                level, text, values = self._lines.popleft()
            except IndexError:
                return
            if self._logger is not None:
                self._logger.log(level, text, *values)

    def _add(self, kind: str, level: int, text: str, *values: Any) -> None:
        now = clock()
        last = self._last.get(kind)
        if last is None or now - last >= _INTERVAL:
            self._last[kind] = now
            self._lines.append((level, text, values))
