"""What the service takes: time until it is ready, memory, wake-ups; and a disk that is full."""

import os
import re
import statistics
import time

from bench import RULES_OF_LOAD
from service import UNIT

STATE = "/var/lib/breakerd"


def full_disk(bench):
    """Decisions go on while the state cannot be saved; `health` says why, and all is well when there is room again."""
    with bench.installed(rules=RULES_OF_LOAD) as service:
        service.systemctl("stop", UNIT)
        service.machine.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", STATE])
        service.systemctl("start", UNIT)
        bench.assertRegex(service.fail("trip-before"), r"^\+ok open retry_ms=\d+$")
        service.machine.run(["sh", "-c", f"dd if=/dev/zero of={STATE}/fill bs=64k 2>/dev/null; df {STATE}"])
        trips = 0
        while "degraded" not in service.ask("health")[0]:
            trips += 100
            bench.assertLessEqual(trips, 3000, "the daemon takes no notice of a full disk")
            last = service.ask(*(f"report trip-full-{trips + each} fail" for each in range(100)))[-1]
        health = service.ask("health")[0]
        bench.assertIn("reason=", health)
        bench.note("health on a full disk", "degraded", health)
        bench.note("status meanwhile", _status(bench, service, "degraded"))
        reply = service.fail("trip-unsaved")
        bench.assertRegex(reply, r"^\+ok open retry_ms=\d+ unsaved$")
        bench.assertRegex(service.ask("allow api")[0], r"^\+allow closed")
        bench.assertRegex(service.ask("allow trip-unsaved")[0], r"^\+deny open")
        bench.assertTrue(service.is_active())

        service.machine.run(["rm", f"{STATE}/fill"])
        begun = time.monotonic()
        while "healthy" not in service.ask("health")[0]:
            bench.assertLess(time.monotonic() - begun, 15, "it does not heal")
            time.sleep(0.1)
        bench.note("healed", f"{time.monotonic() - begun:.1f} s", "after there was room again")
        _status(bench, service, "serving$")
        service.machine.run(["kill", "-9", str(service.main_pid())])
        for name in ("trip-before", "trip-unsaved", f"trip-full-{trips + 99}" if trips else "trip-before"):
            bench.assertRegex(service.ask(f"state {name}")[0], r"^\+ok open", name)


def _status(bench, service, pattern):
    """What `systemctl status` shows, as soon as it says what it has to."""
    end = time.monotonic() + 5
    while True:
        status = service.show("StatusText")
        if re.search(pattern, status):
            return status
        bench.assertLess(time.monotonic(), end, f"systemctl status says {status}")
        time.sleep(0.1)


def ready(bench):
    """How long from the start of the process until systemd hears that it is ready, with an empty store."""
    with bench.installed() as service:
        taken = []
        for _ in range(10):
            service.systemctl("stop", UNIT)
            service.machine.run(["find", STATE, "-mindepth", "1", "-delete"])
            service.systemctl("start", UNIT)
            at = service.show("ExecMainStartTimestampMonotonic", "ActiveEnterTimestampMonotonic")
            taken.append((int(at["ActiveEnterTimestampMonotonic"]) - int(at["ExecMainStartTimestampMonotonic"])) / 1000)
        bench.goal("ready, the median of 10", round(statistics.median(taken), 1), bench.options.ready_ms, "ms",
                   f"{min(taken):.1f} to {max(taken):.1f}")


def idle(bench):
    """Memory of a daemon that nobody asks, and how often it wakes up."""
    with bench.installed() as service:
        time.sleep(5)
        pid = service.host_pid()
        before, begun = _switches(pid), time.monotonic()
        time.sleep(bench.options.idle_seconds)
        after, seconds = _switches(pid), time.monotonic() - begun
        woken = {f"{after[task][0]} ({task})": after[task][1] - before.get(task, ("", 0))[1] for task in after}
        bench.goal("wake-ups", sum(woken.values()), bench.options.wakeups, f"in {seconds:.0f} s",
                   ", ".join(f"{name}: {count}" for name, count in woken.items() if count))
        memory = {}
        with open(f"/proc/{pid}/smaps_rollup") as rollup:
            for line in rollup:
                found = re.match(r"(\w+):\s+(\d+) kB", line)
                if found:
                    memory[found[1]] = int(found[2])
        bench.note("RSS", f"{memory['Rss'] / 1024:.1f} MiB", "at most 22")
        bench.note("anonymous RSS", f"{memory['Anonymous'] / 1024:.1f} MiB", "at most 4")
        # None of these depends on how busy the machine is.
        bench.assertLessEqual(memory["Rss"], 22 * 1024)
        bench.assertLessEqual(memory["Anonymous"], 4 * 1024)
        bench.assertLessEqual(sum(woken.values()), bench.options.wakeups)
        bench.note("threads", len(after), ", ".join(name for name, _ in after.values()))


def _switches(pid):
    """Of each thread: its name, and how often it has begun to wait."""
    found = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/status") as status:
                lines = dict(line.rstrip("\n").split(":\t", 1) for line in status if ":\t" in line)
        except FileNotFoundError:
            continue
        found[task] = (lines["Name"], int(lines["voluntary_ctxt_switches"]))
    return found


CASES = [full_disk, ready, idle]
