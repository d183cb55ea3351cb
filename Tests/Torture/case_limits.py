"""Descriptors and connections that run out, one user who takes all, crowds, and garbage."""

import os
import resource
import socket
import subprocess
import sys
import time

from daemon import Closed, Daemon, Line, eventually
from healing import check_decisions, look
from latency import Clock
from trial import Skip

_OPTIONS = ["--log-level", "error"]


def _connect(path, count, within=2.0):
    """As many plain connections as can be made, without a word. A full queue is waited for."""
    made, end = [], time.monotonic() + within
    while len(made) < count:
        one = socket.socket(socket.AF_UNIX)
        one.settimeout(2)
        try:
            one.connect(str(path))
            made.append(one)
        except BlockingIOError:
            one.close()
            if time.monotonic() > end:
                break
            time.sleep(0.005)
        except OSError:
            one.close()
            break
    return made


def _close(sockets):
    for one in sockets:
        one.close()


def _raise_own_limit(wanted):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
    return min(wanted, hard)


def emfile(trial):
    """no descriptors left (EMFILE): who is connected is served, others later, and it does not spin"""
    daemon = Daemon(trial.binary, trial.directory, _OPTIONS)
    clock = Clock(daemon.socket)
    trial.closers.append(clock.stop)
    early = daemon.admin()
    early.ask("force before open")
    for _ in range(trial.pick(2, 6)):
        daemon.limit(resource.RLIMIT_NOFILE, daemon.descriptors() + 20)
        crowd = _connect(daemon.socket, 200)
        time.sleep(0.3)
        clock.reset()
        cpu, began = daemon.cpu(), time.monotonic()
        for i in range(20):
            trial.expect(early.ask("allow other").startswith("+allow"), "who is connected is not served")
            trial.expect(early.ask(f"force during-{i} open") == "+ok 1", "a change is not saved without descriptors")
            time.sleep(0.1)
        share = (daemon.cpu() - cpu) / (time.monotonic() - began)
        trial.expect(share < 0.5, f"it spins: {share:.0%} of a processor")
        check_decisions(trial, clock, "without descriptors")
        trial.row.saw(early.ask("health"))
        trial.row.notes.append(f"{share:.0%} of a processor while {len(crowd)} connections were tried")
        waiting = Line(daemon.socket, timeout=8)
        waiting.send("allow late\n")
        _close(crowd)
        daemon.limit(resource.RLIMIT_NOFILE, None)
        trial.row.to_heal += 1
        try:
            if trial.expect(waiting.line().startswith("+allow"), "who had to wait is not served"):
                trial.row.healed += 1
        except Closed as error:
            trial.fail(f"who had to wait is not served afterwards: {error}")
        waiting.close()
        trial.expect(look(daemon).startswith("healthy"), f"afterwards: {look(daemon)}")
        trial.row.trials += 1
        trial.row.faults += 1
    early.close()
    clock.stop()
    daemon.kill()
    daemon = Daemon(trial.binary, trial.directory, _OPTIONS)
    states = {row["name"]: row["state"] for row in daemon.admin().pages("list")}
    missing = [name for name in ["before", *(f"during-{i}" for i in range(20))] if states.get(name) != "forced-open"]
    trial.row.acknowledged += 21
    trial.row.losses += len(missing)
    trial.expect(not missing, f"lost: {missing}")


_GREEDY = """
import socket, sys, time
made = []
while len(made) < 18000:
    one = socket.socket(socket.AF_UNIX)
    one.settimeout(1)
    try:
        one.connect(sys.argv[1])
        one.sendall(b"ping\\n")
        if not one.recv(100).startswith(b"+"): break
    except OSError:
        break
    made.append(one)
print(len(made), flush=True)
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    for one in made[:200]:
        try:
            one.sendall(b"allow greedy\\n" * 20)
            one.recv(4096)
        except OSError:
            pass
"""


def greedy(trial):
    """one user takes all the connections that it can, and floods: the admin socket answers"""
    if os.geteuid() != 0:
        raise Skip("root is needed to be another user")
    # Fewer than there are descriptors, so that it is the daemon that says no.
    (trial.directory / "c.yaml").write_text("daemon:\n  max_connections: 1500\n")
    daemon = Daemon(trial.release, trial.directory, [*_OPTIONS, "--config", str(trial.directory / "c.yaml")])
    os.chmod(daemon.socket, 0o666)
    early = daemon.client()
    clock = Clock(daemon.socket)
    trial.closers.append(clock.stop)
    time.sleep(0.2)
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", _GREEDY]
    flood = subprocess.Popen([*command, str(daemon.socket), str(trial.pick(3, 20))], stdout=subprocess.PIPE, text=True)
    trial.processes.append(flood)
    taken = int(flood.stdout.readline())
    clock.reset()
    other = _connect(daemon.socket, 300)
    got = 0
    for one in other:
        try:
            one.sendall(b"allow other\n")
            got += one.recv(100).startswith(b"+allow")
        except OSError:
            pass
    _close(other)
    worst = 0.0
    while flood.poll() is None:
        began = time.monotonic()
        try:
            line = Line(daemon.admin_socket, timeout=5)
            trial.expect(line.ask("ping").startswith("+ok"), "the admin socket does not answer")
            trial.expect(line.ask("force a open") == "+ok 1", "an admin cannot act")
            line.close()
        except Closed as error:
            trial.fail(f"the admin socket: {error}")
        worst = max(worst, (time.monotonic() - began) * 1e3)
        trial.expect(early.ask("allow early").startswith("+allow"), "who was connected is not served")
        time.sleep(0.02)
    trial.expect(0 < taken <= 1350, f"one user had {taken} of 1500 connections")
    trial.expect(got >= 140, f"others got {got} of the 149 connections that are theirs")
    trial.row.worst_ms = clock.worst_ms
    trial.row.trials += 1
    trial.row.faults += 1
    trial.row.notes.append(
        f"one user had {taken} of 1500 connections, others got {got} of 300 more; an admin's connection, ping and force took "
        f"{worst:.0f} ms at worst; allow of another user: p99 {clock.percentile(0.99):.1f} ms"
    )


def idle(trial):
    """10,000 idle connections beside callers"""
    wanted = 10_000
    limit = _raise_own_limit(wanted + 300)
    if limit < wanted + 300:
        trial.row.notes.append(f"the limit on open files allows {limit - 300} connections only")
        wanted = limit - 300
    daemon = Daemon(trial.release, trial.directory, _OPTIONS)
    before = daemon.memory()
    crowd = _connect(daemon.socket, wanted, within=35)
    trial.expect(len(crowd) == wanted, f"only {len(crowd)} of {wanted} connections could be made")
    line = daemon.client()
    trial.expect(eventually(lambda: int(line.table("stats")["connections"]) > wanted), "they are not all accepted")
    clock = Clock(daemon.socket)
    time.sleep(trial.pick(2, 20))
    clock.stop()
    check_decisions(trial, clock, "beside idle connections")
    each = (daemon.memory() - before) / max(len(crowd), 1)
    trial.expect(each < 16_384, f"{each:.0f} bytes a connection")
    trial.row.saw(look(daemon))
    _close(crowd)
    few = eventually(lambda: int(line.table("stats")["connections"]) < 10)
    trial.expect(few, "connections are still there after they were closed")
    trial.row.trials += 1
    trial.row.notes.append(f"{len(crowd)} connections, {each:.0f} bytes each, p99 {clock.percentile(0.99):.1f} ms")


def watchers(trial):
    """1,000 watchers, of which 100 never read"""
    _raise_own_limit(4000)
    daemon = Daemon(trial.release, trial.directory, [*_OPTIONS, "--default", "trip.consecutive_failures=1"])
    crowd = _connect(daemon.socket, 1000)
    trial.expect(len(crowd) == 1000, f"only {len(crowd)} watchers could connect")
    for one in crowd:
        one.sendall(b"watch\n")
    readers, newest = crowd[100:], {}
    for one in readers:
        one.setblocking(False)
    line = daemon.admin()
    clock = Clock(daemon.socket)
    trial.closers.append(clock.stop)
    before = daemon.memory()
    rounds = trial.pick(20, 200)
    for number in range(rounds):
        for i in range(50):
            line.ask(f"force w{i} {'open' if (number + i) % 2 else 'closed'}")
        _drain(readers, newest)
    clock.stop()
    check_decisions(trial, clock, "beside watchers")
    trial.row.acknowledged += rounds * 50
    end = time.monotonic() + 10
    wanted = {f"w{i}": "forced-open" if (rounds - 1 + i) % 2 else "forced-closed" for i in range(50)}
    behind = readers
    while behind and time.monotonic() < end:
        _drain(behind, newest)
        behind = [one for one in behind if newest.get(one, {}).get("states") != wanted]
    trial.expect(not behind, f"{len(behind)} of 900 watchers do not know the newest states")
    grown = daemon.memory() - before
    trial.expect(grown < 100e6, f"{grown / 1e6:.0f} MB more")
    # Those that have slept learn the same when they read at last.
    for one in crowd[:100]:
        one.setblocking(False)
    late = crowd[:100]
    end = time.monotonic() + 10
    while late and time.monotonic() < end:
        _drain(late, newest)
        late = [one for one in late if newest.get(one, {}).get("states") != wanted]
    trial.expect(not late, f"{len(late)} of 100 sleepers do not know the newest states")
    _close(crowd)
    trial.row.trials += 1
    trial.row.notes.append(f"{rounds * 50} acts told to 900 who read, {grown / 1e6:.1f} MB more, p99 {clock.percentile(0.99):.1f} ms")


def _drain(sockets, newest):
    """Reads what has come; the newest state of each name, by watcher."""
    for one in sockets:
        kept = newest.setdefault(one, {"rest": b"", "states": {}})
        while True:
            try:
                data = one.recv(65536)
            except (BlockingIOError, TimeoutError):
                break
            if not data:
                break
            *lines, kept["rest"] = (kept["rest"] + data).split(b"\n")
            for text in lines:
                if text.startswith(b"> transition"):
                    parts = dict(word.partition(b"=")[::2] for word in text.split(b" "))
                    kept["states"][parts[b"name"].decode()] = parts[b"to"].decode()
