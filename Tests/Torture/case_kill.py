"""The daemon is killed: at any moment, and at the worst ones."""

import signal
import time

from lives import Lives
from trial import Skip


def kill(trial):
    """kill -9 at random moments under load"""
    lives = Lives(trial)
    for _ in range(trial.pick(40, 1000)):
        lives.start()
        time.sleep(trial.random.uniform(0.02, 0.3))
        lives.kill()
        trial.row.trials += 1
        trial.row.faults += 1
    report = lives.finish()
    trial.expect(report.acknowledged > 5 * trial.row.trials, f"only {report.acknowledged} changes were acknowledged")
    trial.row.notes.append(
        f"{report.requests} requests, {report.unsaved} changes unsaved, {report.unanswered} requests without a reply"
    )


def failpoint(trial):
    """death before, in and after a commit, and before numbers are reserved"""
    if not trial.is_debug:
        raise Skip("a release build has no failpoints")
    lives = Lives(trial)
    visits = {"before_commit": (1, 2, 3, 20, 100), "mid_commit": (1, 2, 5, 30, 150), "after_commit": (1, 2, 3, 20, 100)}
    visits = [(name, visit) for name, each in visits.items() for visit in each] + [("before_reserve", 1)] * 2
    for name, visit in visits * trial.pick(1, 10):
        environment = {"BREAKERD_FAILPOINT": f"{name}#{visit}"}
        if lives.start_doomed(environment):
            code = lives.daemon.wait()
            trial.expect(code == -signal.SIGKILL, f"{name}#{visit}: it ended with {code}")
            lives.ended()
        trial.row.trials += 1
        trial.row.faults += 1
    lives.finish()
