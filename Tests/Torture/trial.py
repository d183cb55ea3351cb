"""What a case is given, and the figures that it gives back."""

import os
import random
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from daemon import Daemon


class Skip(Exception):
    """The case cannot be tried here."""


@dataclass
class Row:
    """One line of the table."""

    case: str
    trials: int = 0
    faults: int = 0
    acknowledged: int = 0
    losses: int = 0
    worst_ms: float = 0.0
    healths: list = field(default_factory=list)
    #: How often it got well again, of how often it had to.
    healed: int = 0
    to_heal: int = 0
    seconds: float = 0.0
    notes: list = field(default_factory=list)
    verdict: str = "ok"

    def saw(self, health):
        """Keeps a reason of health, without what is another each time."""
        for reason in [word[7:] for word in health.split(" ") if word.startswith("reason=")]:
            short = reason.split("_as_")[0]
            short = "N" + short.lstrip("0123456789") if short[:1].isdigit() else short
            if short not in self.healths:
                self.healths.append(short)


class Trial:
    def __init__(self, name, arguments, library):
        self.name, self.seed, self.long, self.library = name, arguments.seed, arguments.long, library
        self.binary, self.release = arguments.binary, arguments.release
        self.random = random.Random(f"{name}/{arguments.seed}")
        # Short, since the paths of sockets may have 107 bytes.
        self.directory = Path(tempfile.mkdtemp(prefix=f"torture-{name[:12]}-"))
        os.chmod(self.directory, 0o755)
        self.row = Row(name)
        self.problems, self.processes, self.closers = [], [], []
        self.began = time.monotonic()

    def pick(self, short, long):
        """A number for the short form or the long one."""
        return long if self.long else short

    def fail(self, problem):
        self.problems.append(problem)

    def expect(self, holds, problem):
        if not holds:
            self.fail(problem)
        return holds

    @property
    def is_debug(self):
        """Whether the daemon has places where it can be made to fail."""
        return b"BREAKERD_FAILPOINT" in Path(self.binary).read_bytes()

    def end(self):
        """Ends all that runs for it, each by its own number."""
        for close in self.closers:
            try:
                close()
            except (OSError, RuntimeError):
                pass
        Daemon.end_all()
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        self.row.seconds = time.monotonic() - self.began

    def clean(self, keep):
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)
