#!/usr/bin/env python3
"""Measures guarded calls on a closed breaker, by the board, against pybreaker in memory, in turns in one run.

    BREAKERD_BIN=path of breakerd  PYTHONPATH=directory with pybreaker  clients/python/bench.py [rounds]

Of each contestant: the median over all rounds, the quarter that was fastest, and the fastest, in nanoseconds a call. The
function that is called does nothing. Machines that have other work show medians twice as long as they are; the ratios
hold. The goal is 0.35.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "src"))

import breakerd  # noqa: E402

try:
    import pybreaker
except ImportError:
    sys.exit("pybreaker is missing: pip install pybreaker, or name its directory in PYTHONPATH")

CALLS = 5_000


def nothing():
    return None


def start_daemon(directory, *options):
    program = os.environ.get("BREAKERD_BIN", str(HERE / "../../.build/release/breakerd"))
    process = subprocess.Popen(
        [program, "--socket", f"{directory}/s", "--admin-socket", f"{directory}/a", "--state", f"{directory}/db", *options],
        stderr=subprocess.DEVNULL)
    while not os.path.exists(f"{directory}/a"):
        if process.poll() is not None:
            sys.exit("breakerd did not start")
        time.sleep(0.01)
    return process


def by_call(guard):
    def run():
        call = guard.call
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            call(nothing)
        return (time.perf_counter_ns() - begin) / CALLS
    return run


def by_function(function):
    def run():
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            function()
        return (time.perf_counter_ns() - begin) / CALLS
    return run


def by_statement(guard):
    def run():
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            with guard:
                nothing()
        return (time.perf_counter_ns() - begin) / CALLS
    return run


def by_calling(guard):
    def run():
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            with guard.calling():
                nothing()
        return (time.perf_counter_ns() - begin) / CALLS
    return run


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    slow = ("--default", "trip.slow_call=1s", "--default", "trip.slow_rate=50%")
    with tempfile.TemporaryDirectory() as plain_files, tempfile.TemporaryDirectory() as slow_files:
        daemons = [start_daemon(plain_files), start_daemon(slow_files, *slow)]
        try:
            plain = breakerd.Client(f"{plain_files}/s", deadline=1).breaker("api")
            timed = breakerd.Client(f"{slow_files}/s", deadline=1).breaker("api")
            memory = pybreaker.CircuitBreaker()
            contestants = {
                "no breaker": by_function(nothing),
                "pybreaker, call": by_call(memory),
                "pybreaker, decorator": by_function(memory(nothing)),
                "pybreaker, with statement": by_calling(memory),
                "breakerd, call": by_call(plain),
                "breakerd, decorator": by_function(plain(nothing)),
                "breakerd, call, slow_call set": by_call(timed),
                "breakerd, decorator, slow_call set": by_function(timed(nothing)),
                "breakerd, with statement": by_statement(plain),
            }
            # Outcomes of a breaker's first second are not collected.
            end = time.monotonic() + 1.5
            while time.monotonic() < end:
                plain.call(nothing)
                timed.call(nothing)
            results = {name: [] for name in contestants}
            for _ in range(rounds):
                for name, contestant in contestants.items():
                    results[name].append(contestant())
        finally:
            for daemon in daemons:
                daemon.terminate()
                daemon.wait()
    print(f"{'':36}{'median':>8}{'quarter':>9}{'fastest':>9}   ratio to pybreaker, of medians (of fastest)")
    for name, times in results.items():
        times.sort()
        rival = results["pybreaker, " + next((use for use in ("decorator", "with statement") if use in name), "call")]
        ratio = f"{statistics.median(times) / statistics.median(rival):.2f} ({times[0] / min(rival):.2f})"
        print(f"{name:36}{statistics.median(times):8.0f}{times[len(times) // 4]:9.0f}{times[0]:9.0f}   {ratio}")


main()
