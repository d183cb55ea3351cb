#!/usr/bin/env python3
"""Measures guarded calls on a closed breaker, by the board, against pybreaker in memory and on Redis, in turns in one run.

    BREAKERD_BIN=path of breakerd  PYTHONPATH=directory with pybreaker and redis  clients/python/bench.py [rounds]

Of each contestant: the median over all rounds, the quarter that was fastest, and the fastest, in nanoseconds a call. The
function that is called does nothing; the coroutine function neither. Machines that have other work show medians twice as
long as they are; the ratios hold. The goal is 0.35 of pybreaker in memory, and 1/400 of it on Redis, which is left out where
there is no redis-server or no package redis.
"""

import asyncio
import os
import shutil
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

try:
    import redis
except ImportError:
    redis = None

CALLS = 5_000
REDIS_CALLS = 20


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


async def nothing_async():
    return None


def start_redis(directory):
    """None: there is none here."""
    program = shutil.which("redis-server")
    if redis is None or program is None:
        return None
    process = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", f"{directory}/redis", "--save", "", "--appendonly", "no", "--dir", directory],
        stdout=subprocess.DEVNULL)
    while not os.path.exists(f"{directory}/redis"):
        if process.poll() is not None:
            sys.exit("redis-server did not start")
        time.sleep(0.01)
    return process


def by_call(guard, calls=CALLS):
    def run():
        call = guard.call
        begin = time.perf_counter_ns()
        for _ in range(calls):
            call(nothing)
        return (time.perf_counter_ns() - begin) / calls
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


def in_loop(loop, measure):
    """A contestant of coroutines: each measurement is a task of this loop."""
    return lambda: loop.run_until_complete(measure())


def by_await(make):
    async def measure():
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            await make()
        return (time.perf_counter_ns() - begin) / CALLS
    return measure


def by_call_async(guard):
    async def measure():
        call = guard.call_async
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            await call(nothing_async)
        return (time.perf_counter_ns() - begin) / CALLS
    return measure


def by_async_statement(guard):
    async def measure():
        begin = time.perf_counter_ns()
        for _ in range(CALLS):
            async with guard:
                await nothing_async()
        return (time.perf_counter_ns() - begin) / CALLS
    return measure


def rival(name):
    """Which contestant another is measured against."""
    use = next((use for use in ("decorator", "with statement") if use in name and "async" not in name), "call")
    return f"pybreaker, {use}"


def show(results):
    print(f"{'':36}{'median':>9}{'quarter':>10}{'fastest':>10}   ratio to pybreaker, of medians (of fastest)")
    for name, times in results.items():
        times.sort()
        against = results[rival(name)]
        ratio = f"{statistics.median(times) / statistics.median(against):.2f} ({times[0] / min(against):.2f})"
        print(f"{name:36}{statistics.median(times):9.0f}{times[len(times) // 4]:10.0f}{times[0]:10.0f}   {ratio}")
    shared = results.get(ON_REDIS)
    if shared:
        times = results["breakerd, call"]
        print(f"breakerd, call is 1/{statistics.median(shared) / statistics.median(times):.0f} "
              f"(1/{min(shared) / min(times):.0f}) of {ON_REDIS}")


ON_REDIS = "pybreaker on Redis, call"


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    slow = ("--default", "trip.slow_call=1s", "--default", "trip.slow_rate=50%")
    with tempfile.TemporaryDirectory() as plain_files, tempfile.TemporaryDirectory() as slow_files:
        daemons = [start_daemon(plain_files), start_daemon(slow_files, *slow)]
        try:
            plain = breakerd.Client(f"{plain_files}/s", deadline=1).breaker("api")
            timed = breakerd.Client(f"{slow_files}/s", deadline=1).breaker("api")
            memory = pybreaker.CircuitBreaker()
            loop = asyncio.new_event_loop()
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
                "no breaker, await": in_loop(loop, by_await(nothing_async)),
                "breakerd, call_async": in_loop(loop, by_call_async(plain)),
                "breakerd, async decorator": in_loop(loop, by_await(plain(nothing_async))),
                "breakerd, async with statement": in_loop(loop, by_async_statement(plain)),
            }
            server = start_redis(plain_files)
            if server is not None:
                daemons.append(server)
                storage = pybreaker.CircuitRedisStorage(
                    pybreaker.STATE_CLOSED, redis.Redis(unix_socket_path=f"{plain_files}/redis"))
                contestants[ON_REDIS] = by_call(pybreaker.CircuitBreaker(state_storage=storage), REDIS_CALLS)
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
    loop.close()
    show(results)


main()
