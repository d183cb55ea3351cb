"""All requests, names and connections that come and go, for a while: nothing grows."""

import random
import threading
import time

from daemon import Closed, Daemon, Line
from healing import check_decisions, look
from latency import Clock

_OPTIONS = ["--default", "trip.consecutive_failures=2", "--default", "open.duration=100ms", "--default", "forget_after=2s",
            "--log-level", "critical"]  # fmt: skip
#: What may differ in any case: bytes of memory, descriptors, bytes on the disk.
_SLACK = {"memory": 1 << 20, "descriptors": 8, "disk": 1 << 20}


class _Worker(threading.Thread):
    def __init__(self, daemon, seed, stopping):
        super().__init__(daemon=True)
        self.daemon_process, self.random, self.stopping = daemon, random.Random(seed), stopping
        self.requests, self.errors, self.acknowledged = 0, [], 0

    def run(self):
        while not self.stopping.is_set():
            try:
                self._connection()
            except Closed as error:
                if not self.stopping.is_set():
                    self.errors.append(str(error))
                    time.sleep(0.1)

    def _connection(self):
        random = self.random
        line = Line(random.choice([self.daemon_process.socket, self.daemon_process.admin_socket]))
        is_admin = line.ask(f"hello 1 client=soak/1 bound={random.choice(['yes', 'no'])}").find("role=admin") > 0
        for _ in range(random.randrange(20, 400)):
            if self.stopping.is_set():
                break
            # A few names stay, the others come and are forgotten.
            stays = f"stays-{random.randrange(50)}"
            name = stays if random.random() < 0.5 else f"comes-{random.randrange(1 << 40):x}"
            self._request(line, name, stays, is_admin)
            self.requests += 1
            time.sleep(0.0005)
        line.close()

    def _request(self, line, name, stays, is_admin):
        random, reply = self.random, ""
        kind = random.randrange(30)
        if kind < 14:
            parts = line.ask(f"allow {name}").split(" ")
            if parts[0] == "+allow" and len(parts) > 2:
                outcome = random.choice(["ok", "ok", "fail err=timeout", "ignore"])
                line.ask(f"report {name} {outcome.split(' ')[0]} {parts[2]} ms=12" + outcome[len(outcome.split(" ")[0]) :])
        elif kind < 18:
            line.ask(f"report {name} fail")
        elif kind == 18:
            line.send(f"report {name} ok n=50 age=10 quiet\n")
        elif kind == 19:
            line.ask(f"denied {name} n=3")
        elif kind < 24:
            verb = random.choice([f"show {name}", f"why {name}", f"policy {name}", "stats", "clients limit=20", "help allow"])
            line.list(verb)
        elif kind == 24:
            line.list(random.choice(["list stays-* limit=100", f"events * since={1 << 62}", "metrics stays-1*", "list * limit=10"]))
        elif kind == 25:
            line.ask(f"state {name}")
        elif is_admin:
            reply = line.ask(random.choice([
                f"force {name} open for=300ms why=soak", f"force {name} closed for=300ms", f"release {name}", f"reset {name}",
                # What has a setting of its own is never forgotten.
                f"set {stays} open.duration=200ms", f"unset {stays} open.duration", f"forget {name}", "forget comes-0*",
            ]))  # fmt: skip
            self.acknowledged += reply.startswith("+ok 1")


def _fill_events(daemon):
    """As many events as are kept, so that from now on as many go as come."""
    line = Line(daemon.admin_socket, timeout=60)
    for _ in range(56):
        line.send("".join(f"report filled-{i} fail quiet\n" * 2 for i in range(1000)) + "reset filled-*\n")
        line.line()
    line.ask("forget filled-*")
    line.close()


def _measure(daemon):
    disk = sum(path.stat().st_size for path in daemon.state.parent.iterdir() if path.is_file())
    return {"memory": daemon.memory(), "descriptors": daemon.descriptors(), "disk": disk}


def soak(trial):
    """memory, descriptors and disk stay flat under a mix of all requests"""
    daemon = Daemon(trial.release, trial.directory, _OPTIONS)
    _fill_events(daemon)
    clock = Clock(daemon.socket)
    trial.closers.append(clock.stop)
    stopping = threading.Event()
    trial.closers.append(stopping.set)
    workers = [_Worker(daemon, f"{trial.seed}/{i}", stopping) for i in range(6)]
    for worker in workers:
        worker.start()
    length = trial.pick(45, 600)
    samples, began, cpu = [], time.monotonic(), daemon.cpu()
    while time.monotonic() < began + length:
        time.sleep(0.25)
        samples.append(_measure(daemon))
    took = time.monotonic() - began
    stopping.set()
    for worker in workers:
        worker.join(12)
    clock.stop()
    check_decisions(trial, clock, "in the soak")
    # Warm-up is the first half; what comes then is held against its end.
    before, after = samples[len(samples) // 3 : 2 * len(samples) // 3], samples[2 * len(samples) // 3 :]
    told = []
    for what, slack in _SLACK.items():
        earlier, later = max(each[what] for each in before), max(each[what] for each in after)
        grown = later - earlier
        trial.expect(grown <= max(0.05 * earlier, slack), f"{what} grew from {earlier} to {later}")
        told.append(f"{what} {earlier} -> {later}")
    for worker in workers:
        for error in worker.errors[:3]:
            trial.fail(f"a connection ended: {error}")
    trial.row.saw(look(daemon))
    trial.expect(look(daemon).startswith("healthy"), f"it is {look(daemon)}")
    requests = sum(worker.requests for worker in workers)
    trial.row.trials, trial.row.acknowledged = 1, sum(worker.acknowledged for worker in workers)
    cpu = (daemon.cpu() - cpu) / took
    trial.row.notes.append("memory over time, MiB: " + ", ".join(
        f"{each['memory'] / (1 << 20):.1f}" for each in samples[:: max(len(samples) // 20, 1)]))
    trial.row.notes.append(f"{requests} requests in {took:.0f} s, {cpu:.0%} of a processor; {', '.join(told)}")
    trial.expect(daemon.stop() == 0, "it does not end well")
