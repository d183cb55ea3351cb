"""Power cuts: what was not synced is lost in part, in any order, and torn."""

import errno
import subprocess
import time

import faults
from lives import Lives


def power(trial):
    """power cuts that drop, reorder and tear what was not synced"""
    control = faults.Faults(trial.library, trial.directory / "control", log=True)
    lives = Lives(trial)
    totals = dict.fromkeys(("unsynced", "dropped", "torn", "reordered"), 0)
    for _ in range(trial.pick(30, 500)):
        control.again(trial.random.getrandbits(60))
        before = {key: control[key] for key in totals}
        kind = trial.random.choices(["load", "start", "sync", "checkpoint", "stop"], [10, 3, 5, 6, 3])[0]
        if kind == "start":
            control["cut_at"] = trial.random.randrange(1, 12)
        if lives.start_doomed(control.environment):
            _cut(trial, lives, control, kind)
            lives.ended()
        trial.row.trials += 1
        trial.row.faults += 1
        trial.row.faults += control["injected"]
        control["injected"] = 0
        for key in totals:
            totals[key] += control[key] - before[key]
    lives.finish()
    trial.row.notes.append(", ".join(f"{count} writes {key}" for key, count in totals.items()))


def _cut(trial, lives, control, kind):
    """Cuts in the midst of load, or of a checkpoint, or of the end."""
    if kind in ("checkpoint", "stop"):
        time.sleep(trial.random.uniform(0.05, 0.3))
        lives.close_gate()
    steps = {"checkpoint": 40, "stop": 60}.get(kind, 150)
    if kind == "stop":
        time.sleep(0.05)
        control["cut_at"] = trial.random.randrange(1, steps)
        lives.daemon.process.terminate()
    elif kind != "start":
        if kind == "sync":
            # The kernel forgets what it could not write: a later sync that works says nothing of it. Not before it is under
            # load, since a daemon that cannot reserve its numbers begins anywhere.
            first = trial.random.randrange(1, 40)
            control.rule(0, faults.SYNC, first=first, count=trial.random.randrange(1, 3), error=errno.EIO)
            time.sleep(trial.random.uniform(0.2, 0.6))
        control["cut_at"] = trial.random.randrange(1, steps)
    if not _ended(lives.daemon, 2.0):
        control["cut_now"] = 1
    code = lives.daemon.wait()
    if kind == "stop" and code == 0:
        return
    trial.expect(code == faults.CUT_EXIT, f"it ended with {code}, not by a power cut")


def _ended(daemon, within):
    try:
        daemon.process.wait(within)
        return True
    except subprocess.TimeoutExpired:
        return False


def lying(trial):
    """a disk that only says it has synced: here the checker must find losses"""
    control = faults.Faults(trial.library, trial.directory / "control", log=True)
    lives = Lives(trial)
    control["lie"] = 1
    # What was acknowledged before the last lives was lost by no fault of the daemon; so this is a trial of the trial.
    for _ in range(3):
        control.again(trial.random.getrandbits(60))
        if lives.start_doomed(control.environment):
            time.sleep(0.4)
            control["cut_now"] = 1
            lives.daemon.wait()
            lives.ended()
        # A database that was damaged is looked after; else the next one that is would not be set aside.
        for left in (trial.directory / "state").glob("*.damaged-*"):
            left.unlink()
        trial.row.trials += 1
        trial.row.faults += 1
    report = lives.finish()
    trial.problems.clear()
    trial.row.losses = 0
    trial.row.notes.append(f"{len(report.wrong)} losses found, as it has to be")
    trial.expect(report.wrong, "a disk that lies has lost what was acknowledged, and the checker did not see it")
