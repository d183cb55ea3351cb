#!/usr/bin/env python3
"""How long `breakerd simulate` takes for a long trace, and how much memory.

    swift build -c release --product breakerd
    Benchmarks/Simulate/run.py [--breakerd PATH] [--lines N] [--rounds N]
"""

import argparse
import os
import random
import resource
import shutil
import subprocess
import tempfile
import time


def write_trace(path, lines):
    """Calls of 1 ms in the mean, of which for every other 20 s six in ten fail."""
    draw = random.Random(1)
    clock = 0.0
    with open(path, "w", encoding="ascii") as trace:
        for number in range(lines):
            clock += draw.random() * 2
            outcome = "fail" if number // 20_000 % 2 and draw.random() < 0.6 else "ok"
            trace.write('{"t":%.3f,"do":"call","out":"%s","ms":%.1f}\n' % (clock, outcome, draw.random() * 300))


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--breakerd", default=os.path.join(here, "../../.build/release/breakerd"))
    options.add_argument("--lines", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    arguments = options.parse_args()
    assert shutil.which(arguments.breakerd), f"there is no {arguments.breakerd}: build it first"
    with tempfile.TemporaryDirectory(prefix="brk-") as directory:
        trace = os.path.join(directory, "trace.jsonl")
        write_trace(trace, arguments.lines)
        command = [arguments.breakerd, "simulate", "--set", "trip.failure_rate=30%", trace]
        for name, more in (("--json", ["--json"]), ("summary", [])):
            for _ in range(arguments.rounds):
                start = time.perf_counter()
                subprocess.run(command + more, check=True, stdout=subprocess.DEVNULL)
                taken = time.perf_counter() - start
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
                print(f"simulate, {name}: {arguments.lines} lines in {taken:.2f} s ({peak:.0f} MiB at most)")


main()
