"""The wall clock is set, while a daemon runs and between two of them."""

import time
from pathlib import Path

from daemon import Daemon, words
from lives import OPTIONS, Lives
from trial import Skip

_LIBRARY = ("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1")
_HOUR, _YEAR = 3600, 365 * 86400
_STEPS = (_HOUR, -_HOUR, _YEAR, -_YEAR)
#: The library sets a variable when it is loaded, which moves the environment; a Swift program that finds its environment
#: moved does not find its arguments. So it is loaded before, by another program that becomes the daemon.
_WRAPPER = ("env",)
_OPEN = 1.5
_OPTIONS = [*OPTIONS, "--default", f"open.duration={_OPEN}s", "--default", "open.max_duration=5s", "--default", "open.jitter=0%"]


class _WallClock:
    """What a daemon takes for the wall clock; that which only goes forward stays as it is."""

    def __init__(self, directory):
        library = next((path for path in _LIBRARY if Path(path).exists()), None)
        if library is None:
            raise Skip("libfaketime is missing (apt install faketime)")
        self._file = directory / "offset"
        self.offset = 0
        self.step(0)
        self.environment = {
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1",
        }  # fmt: skip

    def step(self, seconds):
        self.offset += seconds
        new = self._file.with_suffix(".new")
        new.write_text(f"{self.offset:+d}\n")
        new.replace(self._file)


def clock(trial):
    """the wall clock set by an hour and a year, forth and back, while it runs and over a restart"""
    wall = _WallClock(trial.directory)
    for number, step in enumerate(_STEPS * trial.pick(1, 4)):
        home = trial.directory / f"c{number}"
        home.mkdir()
        _one(trial, wall, home, step)
    # By the wall clock a force of an hour is over when it is set forth.
    lives = Lives(trial, wrapper=_WRAPPER, force_for="")
    for _ in range(trial.pick(4, 40)):
        lives.start(wall.environment)
        for _ in range(3):
            time.sleep(0.15)
            wall.step(trial.random.choice(_STEPS))
            trial.row.faults += 1
        lives.kill()
        # The next one starts at another time than this one ended.
        wall.step(trial.random.choice(_STEPS))
        trial.row.faults += 1
        trial.row.trials += 1
    _forget_shared()
    # Back, so that the last life is one of now.
    wall.step(-wall.offset)
    lives.finish()


def _forget_shared():
    """What the library leaves in shared memory when its process is killed."""
    for kind in ("faketime_shm_", "sem.faketime_sem_"):
        for path in Path("/dev/shm").glob(f"{kind}*"):
            if not Path("/proc", path.name.rsplit("_", 1)[1]).exists():
                path.unlink(missing_ok=True)


def _one(trial, wall, home, step):
    what = f"a step of {step:+d} s"
    daemon = Daemon(trial.binary, home, _OPTIONS, wall.environment, _WRAPPER)
    line = daemon.admin()
    line.ask("report kept ok")
    before = line.ask("force before open why=before")
    trial.expect(before == "+ok 1", f"{what}: {before}")
    began = time.monotonic()
    trial.expect(line.ask("report a fail").startswith("+ok open"), f"{what}: no trip")
    line.ask("force f open for=2s")
    wall.step(step)
    seen = line.ask("state a")
    told = int(words(seen).get("retry_ms", -1))
    trial.expect(seen.startswith("+ok open") and 0 < told <= _OPEN * 1000, f"{what}: at once {seen}")
    trial.expect(line.ask("state f").startswith("+ok forced-open"), f"{what}: the force is over at once")
    trial.expect(line.ask("force after open why=after") == "+ok 1", f"{what}: nothing is saved")
    time.sleep(max(began + _OPEN + 0.3 - time.monotonic(), 0))
    trial.expect(line.ask("state a") == "+ok half-open", f"{what}: not half-open in time: {line.ask('state a')}")
    time.sleep(max(began + 2.3 - time.monotonic(), 0))
    trial.expect(line.ask("state f") == "+ok half-open", f"{what}: the force is not over in time: {line.ask('state f')}")
    trial.expect(line.ask("state kept") == "+ok closed", f"{what}: a breaker is gone: {line.ask('state kept')}")
    trial.row.acknowledged += 4
    # Over a restart, with another step.
    trial.expect(line.ask("report b fail").startswith("+ok open"), f"{what}: no trip")
    line.ask("force g open for=2s")
    numbers = [int(row["seq"]) for row in line.events()]
    daemon.kill()
    wall.step(step)
    daemon = Daemon(trial.binary, home, _OPTIONS, wall.environment, _WRAPPER)
    began = time.monotonic()
    line = daemon.admin()
    seen = line.ask("state b")
    told = int(words(seen).get("retry_ms", 0))
    right = seen == "+ok half-open" if step > 0 else seen.startswith("+ok open") and told <= _OPEN * 1000
    trial.expect(right, f"{what} over a restart: {seen}")
    seen = line.ask("state g")
    told = int(words(seen).get("retry_ms", 0))
    right = seen == "+ok half-open" if step > 0 else seen.startswith("+ok forced-open") and told <= 2000
    trial.expect(right, f"{what} over a restart: the force is {seen}")
    line.ask("force last open why=last")
    time.sleep(max(began + 2.3 - time.monotonic(), 0) if step < 0 else 0)
    for name in "bg":
        trial.expect(line.ask(f"state {name}") == "+ok half-open", f"{what} over a restart: {line.ask(f'state {name}')}")
    rows = line.events()
    again = [int(row["seq"]) for row in rows]
    trial.expect(again == sorted(set(again)), f"{what}: events are not in order")
    trial.expect(set(numbers) <= set(again), f"{what}: events are gone")
    trial.row.losses += len(set(numbers) - set(again))
    order = [row["why"] for row in rows if row.get("why")]
    trial.expect(order == ["before", "after", "last"], f"{what}: the order of events is {order}")
    line.close()
    daemon.kill()
    trial.row.trials += 1
    trial.row.faults += 2
