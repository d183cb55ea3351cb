"""What others do on the same host: a second daemon, and somebody who deletes sockets."""

import time

from daemon import Closed, Daemon, eventually
from healing import check_decisions, look
from latency import Clock


def two(trial):
    """two daemons on one state, on one socket: the second ends with 69 and says who holds it"""
    daemon = Daemon(trial.binary, trial.directory, [])
    clock = Clock(daemon.socket)
    trial.closers.append(clock.stop)
    line = daemon.admin()
    trial.expect(line.ask("force kept open") == "+ok 1", "no force")
    elsewhere = trial.directory / "elsewhere"
    elsewhere.mkdir()
    for _ in range(trial.pick(2, 20)):
        for what in ("state", "socket"):
            home = elsewhere if what == "state" else trial.directory
            state = daemon.state if what == "state" else elsewhere / "other.sqlite"
            second = Daemon(trial.binary, home, [], state=state, wait=False, log=f"second-{what}.log")
            code = second.wait()
            said = second.errors()
            trial.expect(code == 69, f"a second one on the same {what} ends with {code}: {said}")
            trial.expect(str(daemon.pid) in said, f"a second one on the same {what} does not say who has it: {said}")
            trial.expect(line.ask("ping").startswith("+ok"), f"the first is disturbed by a second on its {what}")
            fresh = daemon.ask("state kept")
            trial.expect(fresh == "+ok forced-open", f"after a second one on the same {what}: {fresh}")
            trial.row.trials += 1
            trial.row.faults += 1
    trial.expect(line.ask("force later open") == "+ok 1", "nothing is saved any more")
    trial.expect(look(daemon).startswith("healthy"), f"it is {look(daemon)}")
    clock.stop()
    check_decisions(trial, clock, "beside a second one")
    daemon.kill()
    daemon = Daemon(trial.binary, trial.directory, [])
    trial.row.acknowledged += 2
    for name in ("kept", "later"):
        trial.expect(daemon.ask(f"state {name}") == "+ok forced-open", f"{name} is lost")


def socket_gone(trial):
    """the file of a socket deleted: health says so, who is connected stays so"""
    for which in ("socket", "admin_socket"):
        home = trial.directory / which
        home.mkdir()
        daemon = Daemon(trial.binary, home, [])
        line = daemon.admin()
        path = daemon.socket if which == "socket" else daemon.admin_socket
        path.unlink()
        reason = f"{which}_gone"
        noticed = eventually(lambda: f"reason={reason}" in line.ask("health"), within=20)
        trial.expect(noticed, f"health does not say {reason}: {line.ask('health')}")
        trial.row.saw(line.ask("health"))
        trial.expect(line.ask("allow api").startswith("+allow closed"), "who is connected is not served")
        trial.expect(line.ask("force kept open") == "+ok 1", "an act is not saved")
        if which == "socket":
            try:
                daemon.client().ask("ping")
                trial.fail("somebody could connect to a socket that is gone")
            except Closed:
                pass
        trial.expect(daemon.stop() == 0, "it does not end well")
        # A new one makes the socket anew.
        daemon = Daemon(trial.binary, home, [])
        trial.row.to_heal += 1
        if trial.expect(look(daemon).startswith("healthy"), f"the next is {look(daemon)}"):
            trial.row.healed += 1
        trial.expect(daemon.client().ask("state kept") == "+ok forced-open", "what was acknowledged is lost")
        daemon.kill()
        trial.row.trials += 1
        trial.row.faults += 1
        trial.row.acknowledged += 1
        time.sleep(0.05)
