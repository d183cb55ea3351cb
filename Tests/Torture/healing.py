"""A fault under load, and its end: what must hold of every fault of the store."""

import time

from daemon import Closed, eventually
from latency import DEADLINE

#: How long the daemon may take to get well, in seconds: it tries again every three.
BOUND = 12


def check_decisions(trial, clock, what):
    """Decisions were made within the deadline of a client. A busy machine is late now and then; a daemon that waits for
    the disk is late always."""
    if not trial.expect(clock.times, f"{what}: no decision was made"):
        return
    trial.row.worst_ms = max(trial.row.worst_ms, clock.worst_ms)
    late = clock.share_late()
    trial.expect(late * len(clock.times) <= 3 or late <= 0.02, f"{what}: {late:.1%} of the decisions took longer than {DEADLINE} ms")


def strike(trial, lives, what, fault, heal, *, lasts=0.9, must_degrade="store_failing", kill=True):
    """Breaks something under a daemon that is under load, waits, mends it, and has it killed when it is well again."""
    row = trial.row
    time.sleep(0.3)
    lives.clock.reset()
    fault()
    row.trials += 1
    end = time.monotonic() + lasts
    reasons = set()
    while time.monotonic() < end or (must_degrade and not reasons and time.monotonic() < end + 6):
        health = look(lives.daemon)
        row.saw(health)
        if health.startswith("degraded"):
            reasons.add(health)
        time.sleep(0.03)
    if must_degrade:
        seen = any(must_degrade in reason for reason in reasons)
        trial.expect(seen, f"{what}: health did not say {must_degrade}, but {reasons or 'healthy'}")
    check_decisions(trial, lives.clock, what)
    heal()
    healed(trial, lives, what)
    if kill:
        lives.kill()


def healed(trial, lives, what):
    """It gets well by itself, and then all that was announced is saved."""
    trial.row.to_heal += 1
    well = eventually(lambda: look(lives.daemon).startswith("healthy"), within=BOUND)
    if trial.expect(well, f"{what}: it is not well {BOUND} s after the fault: {look(lives.daemon)}"):
        trial.row.healed += 1
    trial.expect(lives.sync(), f"{what}: not all is saved {BOUND} s after the fault")


def look(daemon):
    """Its health; empty if it does not answer."""
    try:
        return daemon.health()
    except Closed:
        return ""
