"""Databases that are damaged, foreign, gone, or may not be written."""

import os
import shutil
import sqlite3
import time
from pathlib import Path

from daemon import Daemon, eventually
from healing import BOUND, look, strike
from lives import OPTIONS, Lives
from trial import Skip

_PAGE = 4096
_OPTIONS = [*OPTIONS, "--default", "open.duration=1h", "--default", "open.max_duration=1h"]


def _make(trial, count=150):
    """A whole database that was closed well, and what it says: the state of each name."""
    home = trial.directory / "whole"
    home.mkdir()
    daemon = Daemon(trial.binary, home, _OPTIONS)
    line, truth = daemon.admin(), {}
    for i in range(count):
        name = f"name-{i}-{'x' * trial.random.randrange(60)}"
        if i % 3 == 0:
            line.ask(f"report {name} fail")
            truth[name] = "open"
        else:
            mode = "open" if i % 3 == 1 else "closed"
            line.ask(f"force {name} {mode} why=because-{i}")
            truth[name] = f"forced-{mode}"
    line.close()
    trial.expect(daemon.stop() == 0, "it does not end well")
    trial.row.acknowledged += count
    return daemon.state, truth


def _shown(daemon):
    line = daemon.admin()
    try:
        return {row["name"]: row["state"] for row in line.pages("list * limit=1000")}
    finally:
        line.close()


def _ask_all(trial, daemon, what):
    """It decides, and takes changes."""
    line = daemon.admin()
    try:
        for request in ("allow decided", "force acted open", "state acted", "report told fail"):
            began = time.monotonic()
            reply = line.ask(request)
            took = (time.monotonic() - began) * 1e3
            trial.expect(reply.startswith("+"), f"{what}: {request} -> {reply}")
            if request.startswith(("allow", "state")):
                trial.row.worst_ms = max(trial.row.worst_ms, took)
    finally:
        line.close()


def _open_damaged(trial, number, what, damage, state, truth):
    """Starts a daemon on a damaged copy. How many rows came back, and what health says."""
    home = trial.directory / f"d{number}"
    (home / "state").mkdir(parents=True)
    copy = home / "state" / "b.sqlite"
    shutil.copy(state, copy)
    data = bytearray(copy.read_bytes())
    damage(data)
    copy.write_bytes(data)
    healths = []
    for life in range(2):
        daemon = Daemon(trial.binary, home, _OPTIONS)
        eventually(lambda: "store_opening" not in look(daemon), within=5)
        health = look(daemon)
        trial.row.saw(health)
        healths.append(health)
        shown = _shown(daemon)
        if life == 0:
            came_back = 0
            for name, expected in truth.items():
                if name in shown:
                    came_back += shown[name] == expected
                    trial.expect(shown[name] == expected, f"{what}: {name} is {shown[name]}, it was {expected}; {health}")
            if came_back < len(truth) and health.startswith("healthy"):
                trial.fail(f"{what}: {len(truth) - came_back} breakers are gone, and health does not say so")
                trial.row.losses += 1
        elif "store_failing" not in health:
            trial.expect(shown.get("acted") == "forced-open", f"{what}: what was acknowledged after the damage is gone")
        _ask_all(trial, daemon, what)
        if "store_failing" not in health:
            trial.expect(eventually(lambda: daemon.ask("sync") == "+ok", within=5), f"{what}: nothing is saved: {look(daemon)}")
        daemon.kill()
        aside = [path.name for path in copy.parent.iterdir() if ".damaged-" in path.name]
        aside = [name for name in aside if not name.endswith(("-wal", "-shm", "-journal"))]
        trial.expect(len(aside) <= 1, f"{what}: set aside more than once: {aside}")
        trial.expect(("set_aside" not in healths[0]) or aside, f"{what}: health says that it was set aside, it was not")
    trial.row.trials += 1
    trial.row.faults += 1
    if not trial.problems:
        shutil.rmtree(home)
    return came_back, healths[0]


def damaged(trial):
    """a database with flipped bits, zeroed pages, cut off, or that is none"""
    state, truth = _make(trial)
    size = state.stat().st_size
    random = trial.random

    def flip(data):
        for _ in range(random.choice([1, 1, 8])):
            data[random.randrange(size)] ^= 1 << random.randrange(8)

    def zero(data):
        page = random.randrange(size // _PAGE)
        data[page * _PAGE : (page + 1) * _PAGE] = bytes(_PAGE)

    def cut(data):
        del data[random.choice([random.randrange(size), random.randrange(size // _PAGE) * _PAGE]) :]

    def garbage(data):
        data[:] = random.randbytes(random.randrange(1, 50_000))

    def header(data):
        data[random.randrange(100)] ^= 1 << random.randrange(8)

    kinds = {"flipped bits": (flip, 8), "a zeroed page": (zero, 6), "cut off": (cut, 5), "no database": (garbage, 3),
             "a bit of the header": (header, 3)}  # fmt: skip
    number = 0
    for what, (damage, times) in kinds.items():
        counts, untold = [], 0
        for _ in range(times * trial.pick(1, 20)):
            number += 1
            came_back, health = _open_damaged(trial, number, what, damage, state, truth)
            counts.append(came_back)
            untold += health.startswith("healthy")
        trial.row.notes.append(
            f"{what}: of {len(truth)} breakers came back {', '.join(map(str, sorted(counts)[:12]))}; "
            f"{untold} of {len(counts)} times health had nothing to say"
        )


def log_damage(trial):
    """the log of a daemon that was killed, with flipped bits or cut off: what stands before that comes back; the same of a whole
    log beside a database that has been cut off"""
    home = trial.directory / "whole"
    home.mkdir()
    daemon = Daemon(trial.binary, home, _OPTIONS)
    line = daemon.admin()
    for i in range(60):
        line.ask(f"force name-{i} open")
    daemon.kill()
    trial.row.acknowledged += 60
    silent = 0
    for number in range(trial.pick(9, 150)):
        copy = trial.directory / f"l{number}"
        shutil.copytree(daemon.state.parent, copy / "state")
        _damage_log(trial.random, copy / "state" / "b.sqlite", number % 3)
        other = Daemon(trial.binary, copy, _OPTIONS)
        shown, health = _shown(other), look(other)
        trial.row.saw(health)
        numbers = sorted(int(name[5:]) for name in shown)
        trial.expect(numbers == list(range(len(numbers))), f"there are holes: {numbers}")
        trial.expect(set(shown.values()) <= {"forced-open"}, f"states: {set(shown.values())}")
        if number % 3 == 2:
            trial.expect(len(numbers) == 60, f"the log was whole, and {60 - len(numbers)} are gone: {health}")
        _ask_all(trial, other, "a damaged log")
        silent += len(numbers) < 60 and health.startswith("healthy")
        other.kill()
        trial.row.trials += 1
        trial.row.faults += 1
        shutil.rmtree(copy)
    trial.row.notes.append(f"changes were missing {silent} of {trial.row.trials} times without a word in health")


def _damage_log(random, database, kind):
    """Flips a bit of the log, or cuts it off, or cuts the database off below one page."""
    log = database.with_name(database.name + "-wal")
    if kind == 2:
        os.truncate(database, random.choice([0, random.randrange(_PAGE)]))
    elif kind == 1:
        os.truncate(log, random.randrange(log.stat().st_size))
    else:
        data = bytearray(log.read_bytes())
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        log.write_bytes(data)


def foreign(trial):
    """a database of a newer version or of another program: left untouched, in force once it is ours again"""
    state, truth = _make(trial, 20)
    ours = 0
    with sqlite3.connect(state) as database:
        ours = database.execute("PRAGMA user_version").fetchone()[0]
    for what, change, back in [
        ("newer", "user_version = 99", f"user_version = {ours}"),
        ("of another program", "application_id = 7", None),
    ]:
        home = trial.directory / what.replace(" ", "-")
        shutil.copytree(state.parent, home / "state")
        copy = home / "state" / "b.sqlite"
        _pragma(copy, change)
        before = copy.read_bytes()
        daemon = Daemon(trial.binary, home, _OPTIONS)
        trial.expect(eventually(lambda: "store_failing" in look(daemon), within=4), f"{what}: {look(daemon)}")
        trial.row.saw(look(daemon))
        _ask_all(trial, daemon, what)
        time.sleep(0.5)
        trial.expect(copy.read_bytes() == before, f"{what}: it was touched")
        trial.row.trials += 1
        trial.row.faults += 1
        if back:
            trial.row.to_heal += 1
            _pragma(copy, back)
            if trial.expect(eventually(lambda: look(daemon).startswith("healthy"), within=BOUND), f"{what}: {look(daemon)}"):
                trial.row.healed += 1
            trial.expect(daemon.ask("sync") == "+ok", f"{what}: not saved")
            daemon.kill()
            daemon = Daemon(trial.binary, home, _OPTIONS)
            shown = _shown(daemon)
            missing = {name for name, value in truth.items() if shown.get(name) != value}
            trial.expect(not missing, f"{what}: {missing} are not as they were")
            trial.expect(shown.get("acted") == "forced-open", f"{what}: what was done meanwhile is lost")
            trial.row.losses += len(missing)
        daemon.kill()


def _pragma(path, text):
    database = sqlite3.connect(path)
    database.execute(f"PRAGMA {text}")
    database.commit()
    database.close()


def deleted(trial):
    """the database, its log, or its directory deleted while the daemon runs"""
    lives = Lives(trial)
    for number in range(trial.pick(3, 15)):
        # A new database knows nothing of the numbers of the old one: they go on at random.
        daemon = lives.start(numbered=False)
        home = daemon.state.parent

        def remove():
            if number % 3 == 2:
                shutil.rmtree(home)
            else:
                for suffix in ("",) if number % 3 == 0 else ("-wal", ""):
                    Path(f"{daemon.state}{suffix}").unlink(missing_ok=True)

        what = ("the database", "the database and its log", "the directory")[number % 3] + " deleted"
        must_degrade = "store_failing" if number % 3 == 2 else None
        strike(trial, lives, what, remove, lambda: home.mkdir(exist_ok=True, mode=0o700), must_degrade=must_degrade)
        for left in home.glob("*.lost"):
            left.unlink()
        trial.row.faults += 1
        lives.next_facts = {"events_lost": True}
    lives.finish()


def readonly(trial):
    """a directory, and a database, that may only be read"""
    if os.geteuid() != 0:
        raise Skip("root is needed to run the daemon as somebody else")
    os.chown(trial.directory, 65534, 65534)
    home = trial.directory / "state"
    wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    lives = Lives(trial, wrapper=wrapper)
    lives.start()
    time.sleep(0.3)
    lives.daemon.stop()
    lives.ended()
    path = home / "b.sqlite"
    path.chmod(0o444)
    lives.start(healthy=False, numbered=False)
    trial.row.faults += 1
    strike(trial, lives, "a database that may only be read", lambda: None, lambda: path.chmod(0o600))
    home.chmod(0o555)
    lives.start(healthy=False, numbered=False, look=False)
    lives.facts["late"] = True
    trial.row.faults += 1
    strike(trial, lives, "a directory that may only be read", lambda: None, lambda: home.chmod(0o700), must_degrade=None)
    lives.finish()
