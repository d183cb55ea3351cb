#!/usr/bin/env python3
"""How often the daemon allocates for each request, once it runs: allow and report, one at a time and in a pipeline.

    swift build -c release --product breakerd
    Benchmarks/Allocations/run.py [--breakerd PATH] [--requests N] [--most X]

A library that counts is preloaded. The daemon runs twice, with N and with 3 N requests; what it allocates more is divided by
2 N, so that what a start and a connection take does not count. Exits with 1 if a request takes more than `--most`.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = [
    ("allow", ["allow api"]),
    ("report ok", ["report api ok"]),
    ("report ok quiet", ["report api ok ms=3 quiet", "ping"]),
    ("report fail", ["report api ok", "report api fail err=timeout"]),
    ("allow and report", ["allow api", "report api ok"]),
    ("tagged", ["@17 allow api", "@18 report api ok"]),
    ("allow of 1,000 names", [f"allow name-{number}" for number in range(1000)]),
]


def count(program, library, lines, requests, batch):
    """Allocations of one daemon that is asked so many of these lines, `batch` at a time."""
    with tempfile.TemporaryDirectory(prefix="brk-") as directory:
        path = os.path.join(directory, "s")
        result = os.path.join(directory, "count")
        daemon = subprocess.Popen(
            [program, "--socket", path, "--admin-socket", os.path.join(directory, "a"), "--state",
             os.path.join(directory, "db"), "--log-level", "error"],
            env={**os.environ, "LD_PRELOAD": library, "COUNT_MALLOC": result})
        try:
            client = socket.socket(socket.AF_UNIX)
            while client.connect_ex(path) != 0:
                assert daemon.poll() is None, "breakerd has ended"
                time.sleep(0.005)
            done = 0
            while done < requests:
                asked = [lines[(done + index) % len(lines)] for index in range(batch)]
                client.sendall("".join(line + "\n" for line in asked).encode())
                expected = sum(not line.endswith(" quiet") for line in asked)
                while expected > 0:
                    expected -= client.recv(65536).count(b"\n")
                done += batch
            client.close()
        finally:
            daemon.terminate()
            daemon.wait(10)
        with open(result) as text:
            return int(text.read())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--breakerd", default=os.path.join(HERE, "../../.build/release/breakerd"))
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--most", type=float, default=0.01, help="allocations for each request")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as directory:
        library = os.path.join(directory, "libcountmalloc.so")
        source = os.path.join(HERE, "../CoreAllocations/count-malloc.c")
        subprocess.run([os.environ.get("CC", "clang"), "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
        print("allocations a request       one at a time   50 in a pipeline")
        for name, lines in WORK:
            figures = []
            for batch in (2, 50) if len(lines) == 2 else (1, 50):
                few = count(options.breakerd, library, lines, options.requests, batch)
                many = count(options.breakerd, library, lines, 3 * options.requests, batch)
                figures.append((many - few) / (2 * options.requests))
            failed = failed or max(figures) > options.most
            print(f"{name:<26} {figures[0]:14.4f} {figures[1]:18.4f}")
    if failed:
        sys.exit(f"more than {options.most} allocations a request")


if __name__ == "__main__":
    main()
