"""Disks that fail, are full, or are slow, and get well again."""

import ctypes
import errno
import os
import resource
import signal
import sys
import time
from pathlib import Path

import faults
from daemon import eventually
from healing import look, strike
from lives import Lives
from trial import Skip


def _with_shim(trial):
    return faults.Faults(trial.library, trial.directory / "control", seed=trial.random.getrandbits(60))


def _table(trial, rows):
    """Lives of one state directory, each with a rule that is in force for a while.

    A row: what it is called, must health say so, and what ``Faults.rule`` takes.
    """
    control = _with_shim(trial)
    lives = Lives(trial)
    for what, must_degrade, rule in rows * trial.pick(1, 6):
        control.again(trial.random.getrandbits(60))
        lives.start(control.environment)
        before = control["injected"]
        lasts = trial.random.uniform(0.6, 1.4)
        strike(trial, lives, what, lambda: control.rule(0, **rule), control.heal, must_degrade=must_degrade, lasts=lasts)
        hits = control["injected"] - before
        trial.row.faults += hits
        if must_degrade:
            trial.expect(hits, f"{what}: the fault never came to be")
    lives.finish()


def write(trial):
    """I/O errors when writing: once, for ever, of the database or its log only"""
    rule = {"operation": faults.WRITE, "error": errno.EIO}
    first = trial.random.randrange(1, 20)
    _table(trial, [
        ("a write fails once", None, rule | {"first": first, "count": 1}),
        ("writes fail", "store_failing", rule),
        ("writes of the log fail", "store_failing", rule | {"files": faults.LOG, "first": first}),
        ("writes of the database fail", None, rule | {"files": faults.DATABASE}),
        ("truncations fail", None, rule | {"operation": faults.TRUNCATE}),
    ])  # fmt: skip


def fsync(trial):
    """I/O errors when syncing, and a disk that is slow to sync"""
    rule = {"operation": faults.SYNC, "error": errno.EIO}
    first = trial.random.randrange(1, 20)
    _table(trial, [
        ("a sync fails once", None, rule | {"first": first, "count": 1}),
        ("syncs fail", "store_failing", rule),
        ("syncs are late", None, {"operation": faults.SYNC, "delay": 0.3}),
        ("a sync hangs", "store_slow", {"operation": faults.SYNC, "count": 1, "delay": 2.5}),
    ])  # fmt: skip


def read(trial):
    """I/O errors when reading or opening, at the start and later"""
    control = _with_shim(trial)
    lives = Lives(trial)
    lives.start(control.environment)
    time.sleep(0.6)
    lives.kill()
    rows = [
        ("reads fail at the start", {"operation": faults.READ, "error": errno.EIO}),
        ("a read fails at the start", {"operation": faults.READ, "error": errno.EIO, "first": 3, "count": 1}),
        ("opening fails at the start", {"operation": faults.OPEN, "error": errno.EIO}),
        ("reads of the log fail at the start", {"operation": faults.READ, "error": errno.EIO, "files": faults.LOG}),
    ]
    for what, rule in rows * trial.pick(1, 6):
        control.again(trial.random.getrandbits(60))
        before = control["injected"]
        control.rule(0, **rule)
        lives.start(control.environment, look=False, healthy=False, numbered=False)
        lives.facts["late"] = True
        forever = not rule.get("count")
        strike(trial, lives, what, lambda: None, control.heal, must_degrade="store_" if forever else None)
        trial.row.faults += control["injected"] - before
        aside = list(lives.daemon.state.parent.glob("*.damaged-*"))
        trial.expect(not aside, f"{what}: {aside} was set aside, though the file is whole")
    control.again(trial.random.getrandbits(60))
    lives.start(control.environment)
    rule = {"operation": faults.READ, "error": errno.EIO}
    strike(trial, lives, "reads fail later", lambda: control.rule(0, **rule), control.heal, must_degrade=None)
    lives.finish()


def full(trial):
    """no room: SQLITE_FULL, a limit on the size of files, a small tmpfs"""
    control = _with_shim(trial)
    lives = Lives(trial)
    for _ in range(trial.pick(2, 10)):
        control.again(trial.random.getrandbits(60))
        lives.start(control.environment)
        before = control["injected"]
        rule = {"operation": faults.WRITE, "error": errno.ENOSPC, "first": trial.random.randrange(1, 50)}
        strike(trial, lives, "writes find no room", lambda: control.rule(0, **rule), control.heal)
        trial.row.faults += control["injected"] - before
    for _ in range(trial.pick(2, 10)):
        daemon = lives.start()
        size = max(path.stat().st_size for path in daemon.state.parent.iterdir() if path.is_file())
        # The log begins anew when it has 4 MB, and grows no further then.
        room = min(size, 400_000) + trial.random.randrange(1, 30_000)
        strike(trial, lives, "files may not grow", lambda: daemon.limit(resource.RLIMIT_FSIZE, room),
               lambda: daemon.limit(resource.RLIMIT_FSIZE, None))  # fmt: skip
        trial.row.faults += 1
    lives.finish()


class Mount:
    """A small tmpfs that only this process and those that it starts from now on can see."""

    def __init__(self, path, size):
        self.path = Path(path)
        self.path.mkdir()
        library = ctypes.CDLL(None, use_errno=True)
        if os.geteuid() != 0:
            raise Skip("mounting a small tmpfs takes root")
        clone_newns, ms_rec, ms_private = 0x20000, 0x4000, 0x40000
        if library.unshare(clone_newns) or library.mount(b"none", b"/", None, ms_rec | ms_private, None):
            raise Skip(f"no mount namespace: {os.strerror(ctypes.get_errno())}")
        if library.mount(b"tmpfs", str(self.path).encode(), b"tmpfs", 0, f"size={size}".encode()):
            raise Skip(f"no tmpfs: {os.strerror(ctypes.get_errno())}")
        self._library = library

    def fill(self):
        """Takes all the room that there is."""
        with open(self.path / "ballast", "ab", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                pass

    def free(self):
        (self.path / "ballast").unlink(missing_ok=True)

    def remove(self):
        self._library.umount2(str(self.path).encode(), 2)


def tmpfs(trial):
    """a file system that is full, also at the start, and has room again"""
    # Room for the log of the database, which may grow to 4 MB before it is brought into the file, and to more under load.
    disk = Mount(trial.directory / "disk", "40m")
    trial.closers.append(disk.remove)
    lives = Lives(trial, state=disk.path / "b.sqlite")
    for _ in range(trial.pick(2, 10)):
        lives.start()
        strike(trial, lives, "the disk is full", disk.fill, disk.free)
        trial.row.faults += 1
    # Full from the beginning: what is there is in force.
    disk.fill()
    lives.start(healthy=False, numbered=False)
    trial.expect(eventually(lambda: "store_failing" in look(lives.daemon)), "full at the start: health does not say so")
    strike(trial, lives, "the disk is full at the start", lambda: None, disk.free)
    trial.row.faults += 1
    lives.finish()


def stopped(trial):
    """SIGSTOP for some seconds: clients keep their deadline, readers of the board see it stale"""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "clients" / "python" / "src"))
    from breakerd import Client
    from breakerd._board import GONE, Board

    lives = Lives(trial, processes=1)
    for _ in range(trial.pick(2, 8)):
        daemon = lives.start()
        client = Client(str(daemon.socket), logger=None)
        breaker = client.breaker("guarded")
        _calls(breaker, 0.5)
        board = Board(str(daemon.board).encode(), os.geteuid())
        place = board.find(b"guarded")
        trial.expect(board.look(place).verdict != GONE, "the board is stale while the daemon runs")
        daemon.signal(signal.SIGSTOP)
        times = _calls(breaker, 2.1)
        trial.expect(board.look(place).verdict == GONE, "the board is not stale after two seconds")
        times += _calls(breaker, trial.pick(0.9, 4.0))
        daemon.signal(signal.SIGCONT)
        worst = max(times)
        trial.row.worst_ms = max(trial.row.worst_ms, worst)
        late = sum(each > 60 for each in times)
        trial.expect(late <= 1 + len(times) // 200, f"{late} of {len(times)} calls took longer than the deadline, {worst:.0f} ms")
        trial.row.trials += 1
        trial.row.faults += 1
        trial.row.to_heal += 1
        lives.clock.reset()
        _calls(breaker, 0.5)
        if trial.expect(eventually(lambda: look(daemon).startswith("healthy")), f"not well afterwards: {look(daemon)}"):
            trial.row.healed += 1
        _calls(breaker, 1.2)
        trial.expect(board.look(place).verdict != GONE, "the board is stale after the daemon goes on")
        client.close()
        lives.kill()
    lives.clock.reset()
    lives.finish()


def _calls(breaker, seconds):
    """Makes calls through a breaker; how many milliseconds each took."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        breaker.call(lambda: None)
        times.append((time.monotonic() - began) * 1e3)
        time.sleep(0.002)
    return times
