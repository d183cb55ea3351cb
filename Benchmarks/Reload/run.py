#!/usr/bin/env python3
"""How long a decision waits while the configuration is replaced under many breakers.

    swift build -c release --product breakerd
    Benchmarks/Reload/run.py [--breakerd PATH] [--patterns N] [--breakers N] [--rounds N]

One connection asks `allow` again and again, always of another breaker, for as long as another one waits for `reload`; then
for as long again without a reload. Each reload changes the policy of every breaker, and every window. Three forms of patterns:
what a name begins with, what it ends with, and what stands within it. The last ones have to be tried one by one, so there are
fewer of them, and of breakers.
"""

import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time


def connect(path):
    while True:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(path)
            return client
        except OSError:
            client.close()
            time.sleep(0.001)


def ask(client, line):
    client.sendall(line.encode() + b"\n")
    reply = b""
    while not reply.endswith(b"\n"):
        reply += client.recv(65536)
    return reply.decode().rstrip("\n")


def write(path, form, patterns, round):
    """A file of so many patterns, each with a window of its own in every round."""
    with open(path, "w") as file:
        file.write("breakers:\n")
        for number in range(patterns):
            file.write(
                f'  - {{match: "{form.format(number)}", owner: team{number % 50}, trip: {{failure_rate: {20 + round % 50}%, '
                f"window: {{time: {10 + round % 20}s}}}}}}\n")


def loop(client, names, is_over):
    """Asks until it is over, and returns how long each reply took, in milliseconds."""
    times = []
    number = 0
    while not is_over():
        line = names[number % len(names)]
        number += 7919
        start = time.perf_counter()
        client.sendall(line)
        client.recv(256)
        times.append((time.perf_counter() - start) * 1000)
    return sorted(times)


def figures(title, times):
    def at(share):
        return times[min(int(len(times) * share), len(times) - 1)]
    print(f"  {title:15} p50 {at(0.5):7.3f} ms   p99 {at(0.99):7.3f} ms   worst {times[-1]:7.3f} ms   ({len(times)} asked)")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--breakerd", default=os.path.join(here, "../../.build/release/breakerd"))
    options.add_argument("--patterns", type=int, default=10_000)
    options.add_argument("--breakers", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    arguments = options.parse_args()
    assert shutil.which(arguments.breakerd), f"there is no {arguments.breakerd}: build it first"
    measure(arguments, "app{:05}-*", arguments.patterns, arguments.breakers)
    measure(arguments, "*-app{:05}", arguments.patterns, arguments.breakers)
    measure(arguments, "*-app{:05}-*", arguments.patterns, arguments.breakers // 100)


def measure(arguments, form, patterns, breakers):
    with tempfile.TemporaryDirectory(prefix="brk-") as directory:
        path = {name: os.path.join(directory, name) for name in ("breakerd.yaml", "s", "a", "state")}
        write(path["breakerd.yaml"], form, patterns, 0)
        daemon = subprocess.Popen([
            arguments.breakerd, "--config", path["breakerd.yaml"], "--socket", path["s"], "--admin-socket", path["a"],
            "--state", path["state"], "--log-level", "error"])
        client, admin = connect(path["s"]), connect(path["a"])
        names = [form.format(number % patterns).replace("*", str(number)) for number in range(breakers)]
        client.sendall("".join(f"report {name} ok quiet\n" for name in names).encode())
        ask(client, "sync")
        lines = [f"allow {name}\n".encode() for name in names]
        print(f"{breakers} breakers under {patterns} patterns such as {form.format(1)}")
        for round in range(1, arguments.rounds + 1):
            write(path["breakerd.yaml"], form, patterns, round)
            replies = []
            start = time.perf_counter()
            thread = threading.Thread(target=lambda: replies.append(ask(admin, "reload")))
            thread.start()
            during = loop(client, lines, lambda: bool(replies))
            taken = time.perf_counter() - start
            thread.join()
            assert replies == [f"+ok {breakers}"], replies
            figures(f"reload {taken:.2f} s", during)
            end = time.perf_counter() + taken
            figures("none", loop(client, lines, lambda: time.perf_counter() > end))
        daemon.terminate()
        daemon.wait(20)


main()
