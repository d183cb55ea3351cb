"""Asks for decisions steadily, from a process of its own, and keeps how long each took."""

import os
import subprocess
import sys
import time
from pathlib import Path
from time import monotonic_ns as now

#: The deadline of a client, in milliseconds.
DEADLINE = 50


class Clock:
    """``gate``: asks only while this file is not empty; None: always."""

    def __init__(self, socket, gate=None, every=0.004):
        self._log = Path(socket).parent / f"clock-{now()}"
        self._log.touch()
        command = [sys.executable, str(Path(__file__).resolve()), str(socket), str(gate or ""), str(every), str(self._log)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.reset()
        end = now() + 5_000_000_000
        while gate is None and not self._log.read_text() and self._process.poll() is None and now() < end:
            time.sleep(0.01)

    def reset(self):
        """Forgets what was until now."""
        self._since = now()

    @property
    def times(self):
        """In milliseconds; a decision that is still waited for too."""
        times, waiting = [], None
        for line in self._log.read_text().splitlines():
            sent, _, took = line.partition(" ")
            if not sent.isdigit() or int(sent) < self._since:
                continue
            waiting = None if took else int(sent)
            if took and took != "-":
                times.append(float(took))
        return times + ([(now() - waiting) / 1e6] if waiting and self._process.poll() is None else [])

    @property
    def worst_ms(self):
        return max(self.times, default=0.0)

    def share_late(self):
        """Which share took longer than the deadline of a client."""
        times = self.times
        return sum(time > DEADLINE for time in times) / max(len(times), 1)

    def percentile(self, share):
        times = sorted(self.times)
        return times[min(int(len(times) * share), len(times) - 1)] if times else 0.0

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()


def main(socket, gate, every, log):
    from daemon import Closed, Line

    try:
        # What is measured is the daemon, not who gets the processor first.
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    except OSError:
        pass
    # Ended by its parent, or with it.
    parent, line = os.getppid(), None
    with open(log, "a", buffering=1) as file:
        while os.getppid() == parent:
            try:
                if gate and not Path(gate).read_text():
                    line = line and line.close()
                    time.sleep(0.005)
                    continue
                line = line or Line(socket)
                sent = now()
                file.write(f"{sent}\n")
                reply = line.ask("allow steady")
                file.write(f"{sent} {(now() - sent) / 1e6:.3f}\n" if reply.startswith("+") else f"{sent} -\n")
                time.sleep(float(every))
            except (Closed, OSError):
                file.write(f"{now()} -\n")
                line = line and line.close()
                time.sleep(0.005)


if __name__ == "__main__":
    main(*sys.argv[1:])
