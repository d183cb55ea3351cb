"""A load generator: a process whose threads ask and act at random, and write all down. Started by lives.py.

It works while the gate file names the epoch of the daemon that answers, so that nothing happens before a new daemon has
been looked at.
"""

import random
import signal
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python" / "src"))

from breakerd._board import ALLOW, DENY, Board, generation, state  # noqa: E402
from daemon import Closed, Line, words  # noqa: E402
from history import Recorder, Writer, now  # noqa: E402

_STATES = {1: "closed", 2: "open", 3: "half-open", 4: "forced-open", 5: "forced-closed", 6: "observe"}
SETTINGS = {"half_open.lease": ("31s", "32s", "33s"), "open.reset_after": ("1s", "2s", "3s")}


class Worker(threading.Thread):
    def __init__(self, name, options, writer, stopping):
        super().__init__(daemon=True)
        self.id, self.options, self.writer, self.stopping = name, options, writer, stopping
        self.random = random.Random(f"{options['seed']}/{name}")
        self.number = 0
        self.names = [f"n{i}" for i in range(options["names"])]

    def run(self):
        while not self.stopping.is_set():
            try:
                self._live()
            except (Closed, OSError, ValueError):
                self.writer.flush()
                time.sleep(0.005)

    def _live(self):
        """As long as one connection lasts."""
        gate = Path(self.options["gate"]).read_text()
        if not gate:
            return time.sleep(0.005)
        line = Line(self.options["admin"], timeout=self.options.get("timeout", 8))
        bound = self.random.random() < 0.5
        hello = words(line.ask(f"hello 1 client=torture/1 bound={'yes' if bound else 'no'}"))
        if hello.get("epoch") != gate:
            line.close()
            return time.sleep(0.005)
        self.number += 1
        link = Recorder(line, self.writer, gate, f"{self.id}.{self.number}")
        board = self._board(hello)
        try:
            for _ in range(self.random.randrange(200, 2000)):
                if self.stopping.is_set() or Path(self.options["gate"]).read_text() != gate:
                    break
                for _ in range(8):
                    self._act(link, board, gate)
        finally:
            link.close()
        self.writer.flush()

    def _board(self, hello):
        try:
            return Board(hello["board"].encode(), 0, int(hello["epoch"], 16)) if hello.get("board") else None
        except (OSError, ValueError):
            return None

    def _look(self, board, run, name):
        """A decision by the board; it is asked for over the socket where the board leaves it open."""
        sent = now()
        index = board.find(name.encode())
        if index is None:
            return
        sent = now()
        look = board.look(index)
        if look.verdict in (ALLOW, DENY):
            reply = f"+board {_STATES[state(look.word)]} {generation(look.word)}"
            self.writer.write(["q", run, f"{self.id}.board", sent, now(), f"board {name}", reply])

    def _act(self, link, board, run):
        chance, name = self.random.random(), self.random.choice(self.names)
        if self.options.get("pause"):
            time.sleep(self.options["pause"] * self.random.random())
        if board is not None and self.random.random() < 0.5:
            self._look(board, run, name)
        if chance < 0.50:
            return self._call(link, name)
        if chance < 0.62:
            return link.ask(f"report {name} fail")
        if chance < 0.66:
            return link.ask(f"state {name}")
        if chance < 0.665:
            return link.ask("sync")
        self.number += 1
        why = f"why={self.id}-{self.number}"
        if chance < 0.70:
            link.ask(f"force {name} {self.random.choice(['open', 'closed', 'observe'])}{self.options['for']} {why}")
        elif chance < 0.77:
            link.ask(f"release {name} {why}")
        elif chance < 0.87:
            link.ask(f"reset {name} {why}")
        elif chance < 0.90:
            link.ask(f"forget {name} {why}")
        else:
            key = self.random.choice(list(SETTINGS))
            if chance < 0.97:
                link.ask(f"set {name} {key}={self.random.choice(SETTINGS[key])} {why}")
            else:
                link.ask(f"unset {name} {key} {why}")

    def _call(self, link, name):
        lease = self.random.choice(["", "", " lease=150ms", " lease=5s"])
        parts = link.ask(f"allow {name}{lease}").split(" ")
        if parts[0] != "+allow" or len(parts) < 3:
            return
        if parts[1] == "half-open" and self.random.random() < 0.15:
            return
        if parts[1] != "half-open" and self.random.random() < 0.5:
            return
        outcome = self.random.choices(["ok", "fail", "ignore"], [6, 3, 1])[0]
        link.ask(f"report {name} {outcome} {parts[2]}")
        if parts[1] == "half-open" and self.random.random() < 0.1:
            link.ask(f"report {name} {outcome} {parts[2]}")


def main():
    options = dict(argument.split("=", 1) for argument in sys.argv[1:])
    for key in ("names", "threads"):
        options[key] = int(options[key])
    for key in ("pause", "timeout"):
        if key in options:
            options[key] = float(options[key])
    options["for"] = f" for={options['for']}" if options.get("for") else ""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    writer = Writer(options["history"])
    workers = [Worker(f"{options['id']}{i}", options, writer, stopping) for i in range(options["threads"])]
    for worker in workers:
        worker.start()
    while not stopping.wait(0.5):
        writer.flush()
    for worker in workers:
        worker.join(9)
    writer.close()


if __name__ == "__main__":
    main()
