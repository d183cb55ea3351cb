"""One state directory, the daemons that live on it one after the other, and the load that they are under."""

import json
import subprocess
import sys
from pathlib import Path

import checker
import latency
from daemon import Closed, Daemon, Line, eventually
from history import Recorder, Writer, now, read

OPTIONS = [
    "--default", "trip.consecutive_failures=1", "--default", "open.duration=150ms", "--default", "open.max_duration=400ms",
    "--default", "half_open.probes=2", "--default", "half_open.successes=2", "--log-level", "error",
]  # fmt: skip


def _newest(path, size=60_000):
    """The last records of a history."""
    with open(path, "rb") as file:
        file.seek(max(path.stat().st_size - size, 0))
        lines = file.read().decode().split("\n")[1:-1]
    return [json.loads(line) for line in lines]


class Lives:
    """``trial``: the case that this is for; it is told what is wrong. ``force_for``: how long forces last; empty: until released."""

    def __init__(self, trial, names=30, processes=2, threads=4, pause=0.002, options=OPTIONS, state=None, wrapper=(), force_for="1h"):
        self.trial, self.options, self.state, self.wrapper = trial, list(options), state, wrapper
        self.directory = trial.directory
        self.gate = self.directory / "gate"
        self.gate.write_text("")
        self.daemon, self.number, self.last_event = None, 0, 0
        self.writer = Writer(self.directory / "history-observer")
        self.begin = 0
        #: Facts of the next run, beside the usual ones.
        self.next_facts = {}
        self._load = [
            subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("load.py")), f"gate={self.gate}", f"id=p{i}t",
                 f"admin={self.directory / 'a'}", f"history={self.directory / f'history-{i}'}", f"seed={trial.seed}",
                 f"names={names}", f"threads={threads}", f"pause={pause}", f"for={force_for}"],
                stderr=open(self.directory / f"load-{i}.log", "ab"),
            )
            for i in range(processes)
        ]  # fmt: skip
        trial.processes += self._load
        self.clock = latency.Clock(self.directory / "s", self.gate)
        trial.closers.append(self.clock.stop)

    def start(self, environment=None, look=True, healthy=True, numbered=True):
        """A next life: it is looked at first, then put under load. ``healthy``: its store is to be well."""
        self.number += 1
        self.begin = now()
        self.facts = {"healthy": healthy, "numbered": numbered, **self.next_facts}
        self.next_facts = {}
        self.daemon = Daemon(
            self.trial.binary, self.directory, self.options, environment, self.wrapper, state=self.state, wait=False
        )
        self.daemon.wait_ready()
        if look:
            self.look(healthy)
        self.open_gate()
        return self.daemon

    def start_doomed(self, environment):
        """A life that can end at any moment, even before it is under load. Whether it is under load now."""
        try:
            self.start(environment)
            return True
        except (Closed, RuntimeError) as error:
            try:
                self.daemon.process.wait(2)
            except subprocess.TimeoutExpired:
                self.trial.fail(f"life {self.number}: {error}")
            self.daemon.kill()
            if self.daemon.epoch:
                self.ended()
            return False

    def sync(self):
        """Asks until all that was announced is saved."""
        line = Line(self.directory / "a")
        observer = Recorder(line, self.writer, self.daemon.epoch, f"sync.{self.number}.{now()}")
        try:
            return eventually(lambda: observer.ask("sync") == "+ok", within=15)
        finally:
            line.close()
            self.writer.flush()

    def open_gate(self):
        self.gate.write_text(self.daemon.epoch)

    def close_gate(self):
        self.gate.write_text("")

    def look(self, healthy=True):
        """Writes down what there is, before anybody acts."""
        run = self.daemon.epoch
        line = Line(self.directory / "a")
        try:
            if healthy and not eventually(lambda: line.ask("health").startswith(("+ok healthy", "+ok degraded reason=damaged"))):
                self.trial.fail(f"life {self.number} is not well: {line.ask('health')}")
                self.facts["healthy"] = False
            sent = now()
            rows = line.pages("list * limit=1000")
            self.writer.write(["l", run, sent, now(), {row["name"]: row["state"] for row in rows}])
            for row in rows:
                sent = now()
                shown = line.table(f"show {row['name']}")
                sets = {key[4:]: value for key, value in shown.items() if key.startswith("set.")}
                self.writer.write(["s", run, sent, now(), row["name"], sets])
            if healthy:
                sent = now()
                events = line.events(self.last_event)
                self.writer.write(["e", run, sent, now(), self.last_event, events])
                self.last_event = max([self.last_event, *(int(row["seq"]) for row in events)])
            observer = Recorder(line, self.writer, run, f"observer.{self.number}")
            self._try_old_permits(observer)
            observer.ask(f"allow fresh-{self.number}")
            observer.ask(f"set fresh-{self.number} half_open.probes=1 why=fresh-{self.number}")
            observer.ask(f"forget fresh-{self.number} why=forget-{self.number}")
        finally:
            line.close()
            self.writer.flush()

    def _try_old_permits(self, observer):
        """Permits that the run before has given are stale."""
        rows = {}
        for path in self.directory.glob("history-[0-9]*"):
            for record in _newest(path):
                if record[0] == "q" and record[1] != observer.run and (record[6] or "").startswith("+allow half-open"):
                    rows[record[5].split(" ")[1]] = record[6].split(" ")[2]
        for name, token in list(rows.items())[:10]:
            # What was forgotten meanwhile would be made anew.
            if not observer.line.ask(f"state {name}").startswith("-"):
                observer.ask(f"report {name} ignore {token}")

    def ended(self):
        """The daemon has ended, however that came."""
        self.close_gate()
        end = now()
        self.writer.write(["run", self.daemon.epoch, self.begin, end, self.facts])
        self.writer.flush()

    def kill(self):
        self.daemon.kill()
        self.ended()

    def finish(self, healthy=True, events=True):
        """A last life to look at; then all is checked. The report of the checker."""
        if self.daemon.process.poll() is None:
            self.kill()
        self.start(healthy=healthy)
        self.close_gate()
        try:
            health = self.daemon.health()
            if healthy and not health.startswith(("healthy", "degraded reason=damaged")):
                self.trial.fail(f"at the end: {health}")
        except Closed as error:
            self.trial.fail(f"at the end: {error}")
        if self.daemon.stop() != 0:
            self.trial.fail("it does not end well")
        self.ended()
        return self.check()

    def stop_load(self):
        self.close_gate()
        self.clock.stop()
        for process in self._load:
            process.terminate()
        for process in self._load:
            process.wait(15)

    def check(self):
        self.stop_load()
        self.writer.flush()
        report = checker.check(read(sorted(self.directory.glob("history-*"))), probes=2)
        row = self.trial.row
        row.acknowledged += report.acknowledged
        row.losses += len(report.wrong)
        row.worst_ms = max(row.worst_ms, self.clock.worst_ms)
        for finding in report.wrong[:20]:
            self.trial.fail(finding)
        return report
