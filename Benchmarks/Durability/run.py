#!/usr/bin/env python3
"""How long it takes until many trips are durable, and until many saved breakers are back.

    swift build -c release --product breakerd
    Benchmarks/Durability/run.py [--breakerd PATH] [--trips N] [--saved N] [--rounds N]

Trips: quiet reports that each trip a breaker of its own, over 1 and over 8 connections, until `sync` answers.
Start: a database of open breakers (made here, once, from a row of the daemon's own), until the first reply.
"""

import argparse
import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import tempfile
import threading
import time


class Daemon:
    """A breakerd with its files in a directory."""

    def __init__(self, program, directory):
        self.directory = directory
        self.socket = os.path.join(directory, "breakerd.sock")
        for name in ("breakerd.sock", "admin.sock"):
            if os.path.exists(os.path.join(directory, name)):
                os.unlink(os.path.join(directory, name))
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            [program, "--socket", self.socket, "--admin-socket", os.path.join(directory, "admin.sock"),
             "--state", os.path.join(directory, "state.sqlite"), "--log-level", "error",
             "--default", "trip.consecutive_failures=1", "--default", "open.duration=1h",
             "--default", "open.max_duration=1h"])

    def connect(self):
        while True:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(self.socket)
                return client
            except OSError:
                client.close()
                assert self.process.poll() is None, "breakerd has ended"
                time.sleep(0.001)

    def ask(self, client, line):
        client.sendall(line.encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n"):
            reply += client.recv(65536)
        return reply.decode().rstrip("\n")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def trips(program, count, connections):
    with tempfile.TemporaryDirectory(prefix="brk-") as directory:
        daemon = Daemon(program, directory)
        clients = [daemon.connect() for _ in range(connections)]
        for client in clients:
            daemon.ask(client, "ping")
        parts = [
            "".join(f"report n{number} fail quiet\n" for number in range(first, count, connections)).encode()
            for first in range(connections)]
        threads = []
        start = time.perf_counter()
        for client, part in zip(clients, parts):
            # The reply to `ping` says that all before it was carried out.
            threads.append(threading.Thread(target=lambda c=client, p=part: (c.sendall(p), daemon.ask(c, "ping"))))
            threads[-1].start()
        for thread in threads:
            thread.join()
        taken = time.perf_counter() - start
        reply = daemon.ask(clients[0], "sync")
        durable = time.perf_counter() - start
        memory = daemon.memory()
        daemon.process.kill()
        daemon.process.wait()
        found = sqlite3.connect(os.path.join(directory, "state.sqlite")).execute(
            "SELECT (SELECT count(*) FROM breakers), (SELECT count(*) FROM events)").fetchone()
        print(f"{count} trips over {connections} connections: decided after {taken:.2f} s, durable after {durable:.2f} s"
              f" ({reply}; {found[0]} rows and {found[1]} events found after SIGKILL; {memory:.0f} MiB)")


MASK = (1 << 64) - 1


def checksum(words):
    """The sum that each row carries; see Checksum.swift."""
    state = 0xCBF29CE484222325
    for word in words:
        state = ((state ^ word) * 0x9E3779B97F4A7C15) & MASK
        state ^= state >> 32
    return state - (1 << 64) if state >> 63 else state


def of_bytes(data):
    padded = data + bytes(-len(data) % 8)
    return [len(data), *struct.unpack(f"<{len(padded) // 8}Q", padded)]


def saved(program, directory, count):
    """A database of so many open breakers."""
    path = os.path.join(directory, "state.sqlite")
    daemon = Daemon(program, directory)
    client = daemon.connect()
    for _ in range(3):
        daemon.ask(client, "report model fail err=timeout")
    daemon.ask(client, "sync")
    daemon.stop()
    database = sqlite3.connect(path)
    name, content, found = database.execute("SELECT name, content, checksum FROM breakers").fetchone()
    assert checksum(of_bytes(name.encode()) + of_bytes(content)) == found, "the sum is computed in another way now"

    def rows():
        for number in range(count):
            name = f"n{number:07}"
            yield (name, content, checksum(of_bytes(name.encode()) + of_bytes(content)))

    database.executemany("INSERT INTO breakers VALUES (?, ?, ?)", rows())
    database.commit()
    database.close()
    return path


def start(program, count, rounds):
    with tempfile.TemporaryDirectory(prefix="brk-") as directory:
        path = saved(program, directory, count)
        size = os.path.getsize(path) / 1e6
        for _ in range(rounds):
            daemon = Daemon(program, directory)
            client = daemon.connect()
            daemon.ask(client, "ping")
            first = time.perf_counter() - daemon.started
            while "store=opening" in (health := daemon.ask(client, "health")):
                time.sleep(0.01)
            loaded = time.perf_counter() - daemon.started
            reply = daemon.ask(client, f"state n{count - 1:07}" if count else "state model")
            peak = daemon.memory()
            daemon.stop()
            print(f"start with {count} saved breakers ({size:.0f} MB): first reply after {first:.3f} s, all back after"
                  f" {loaded:.3f} s ({health.split(' connections')[0]}; {reply.split(' ')[1]}; {peak:.0f} MiB)")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--breakerd", default=os.path.join(here, "../../.build/release/breakerd"))
    options.add_argument("--trips", type=int, default=100_000)
    options.add_argument("--saved", type=int, nargs="*", default=[0, 10_000, 1_000_000])
    options.add_argument("--rounds", type=int, default=3)
    arguments = options.parse_args()
    assert shutil.which(arguments.breakerd), f"there is no {arguments.breakerd}: build it first"
    for connections in (1, 8):
        for _ in range(arguments.rounds):
            trips(arguments.breakerd, arguments.trips, connections)
    for saved in arguments.saved:
        start(arguments.breakerd, saved, arguments.rounds)


main()
