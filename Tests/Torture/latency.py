"""Asks for decisions steadily, and keeps how long the slowest took."""

import os
import threading
import time
from time import monotonic_ns as now

from daemon import Closed, Line

#: The deadline of a client, in milliseconds.
DEADLINE = 50


class Clock(threading.Thread):
    """``gate``: asks only while this file is not empty; None: always."""

    def __init__(self, socket, gate=None, name="steady", every=0.004):
        super().__init__(daemon=True)
        self.socket, self.gate, self.name_asked, self.every = socket, gate, name, every
        self._stopping = threading.Event()
        self.reset()
        self.start()

    def reset(self):
        self.times = []

    @property
    def worst_ms(self):
        return max(self.times, default=0.0)

    def share_late(self):
        """Which share took longer than the deadline of a client."""
        return sum(time > DEADLINE for time in self.times) / max(len(self.times), 1)

    def percentile(self, share):
        times = sorted(self.times)
        return times[min(int(len(times) * share), len(times) - 1)] if times else 0.0

    def run(self):
        try:
            # Only this thread: what is measured is the daemon, not who gets the processor first.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -10)
        except OSError:
            pass
        line = None
        while not self._stopping.is_set():
            try:
                if self.gate is not None and not self.gate.read_text():
                    line = line and line.close()
                    time.sleep(0.005)
                    continue
                if line is None:
                    line = Line(self.socket)
                sent = now()
                if line.ask(f"allow {self.name_asked}").startswith("+"):
                    self.times.append((now() - sent) / 1e6)
                time.sleep(self.every)
            except (Closed, OSError):
                line = line and line.close()
                time.sleep(0.005)

    def stop(self):
        self._stopping.set()
        if threading.current_thread() is not self:
            self.join(12)
