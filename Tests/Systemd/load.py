#!/usr/bin/env python3
"""Calls as programs make them, while the daemon is restarted, killed or replaced. Runs inside the machine.

    load.py run --socket PATH --ledger FILE [--callers N] [--trippers N] [--deadline MS] [--pause MS]
        until standard input ends; prints one JSON object of figures
    load.py check --socket PATH --ledger FILE
        asks for the state of each trip in the ledger, prints {"asked", "open", "lost", "unanswered"}
    load.py ask --socket PATH
        sends the lines of standard input one after the other, and prints the replies

A caller asks `allow`, then reports, each within the deadline, connecting included; a connection that is lost in between is
made again within the same deadline. A tripper opens one breaker after the other, each with a new name. The ledger has the
name of each trip whose reply said `open`, and did not say `unsaved`.
"""

import argparse
import errno
import gc
import json
import os
import select
import signal
import socket
import sys
import time

OUTCOMES = ["answered", "deadline", "refused", "missing", "forbidden", "backlog_full", "ended", "other"]
OF_ERRNO = {errno.ECONNREFUSED: "refused", errno.ENOENT: "missing", errno.EACCES: "forbidden", errno.EAGAIN: "backlog_full"}


class NoAnswer(Exception):
    def __init__(self, outcome):
        self.outcome = outcome


class Waited:
    """How long this process was ready to run, and had no processor: what a busy machine adds to a call."""

    def __init__(self):
        try:
            self.file = os.open("/proc/self/schedstat", os.O_RDONLY)
        except OSError:
            self.file = None

    def milliseconds(self):
        return int(os.pread(self.file, 64, 0).split()[1]) / 1e6 if self.file is not None else 0.0


class Client:
    """One connection, made when it is needed, one request at a time."""

    def __init__(self, path, deadline):
        self.path, self.deadline = path, deadline
        self.socket = None
        self.figures = dict.fromkeys(OUTCOMES, 0)
        self.figures.update(connections=0, again=0, worst_ms=0.0, worst_answered_ms=0.0, worst_over_ms=0.0,
                            worst_over_own_ms=0.0, odd=[])
        self.waited = Waited()

    def ask(self, line):
        """The reply, or None."""
        begun, waited = time.monotonic(), self.waited.milliseconds()
        try:
            reply, outcome = self._exchange(line.encode() + b"\n", begun + self.deadline), "answered"
        except NoAnswer as none:
            reply, outcome = None, none.outcome
            self._close()
        took = (time.monotonic() - begun) * 1000
        figures = self.figures
        figures[outcome] += 1
        figures["worst_ms"] = max(figures["worst_ms"], took)
        over = took - self.deadline * 1000
        if over > 0:
            figures["worst_over_ms"] = max(figures["worst_over_ms"], over)
            own = over - (self.waited.milliseconds() - waited)
            figures["worst_over_own_ms"] = max(figures["worst_over_own_ms"], own)
        if outcome == "answered":
            figures["worst_answered_ms"] = max(figures["worst_answered_ms"], took)
            if not reply.startswith("+") and len(figures["odd"]) < 5:
                figures["odd"].append(f"{line} -> {reply}")
        return reply

    def _exchange(self, request, end):
        old = self.socket is not None
        while True:
            try:
                if self.socket is None:
                    self._connect()
                return self._send_and_read(request, end)
            except NoAnswer as none:
                # The daemon has gone since the last request: that is no answer yet, and another connection may give one.
                if not old or none.outcome != "ended":
                    raise
                old = False
                self.figures["again"] += 1
                self._close()

    def _connect(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        code = self.socket.connect_ex(self.path)
        if code:
            raise NoAnswer(OF_ERRNO.get(code, "other"))
        self.figures["connections"] += 1

    def _send_and_read(self, request, end):
        try:
            self.socket.send(request, socket.MSG_NOSIGNAL)
            received = b""
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            while not received.endswith(b"\n"):
                left = end - time.monotonic()
                if left <= 0 or not poll.poll(left * 1000):
                    raise NoAnswer("deadline")
                block = self.socket.recv(4096)
                if not block:
                    raise NoAnswer("ended")
                received += block
        except (ConnectionResetError, BrokenPipeError):
            raise NoAnswer("ended") from None
        if received.startswith(b"!"):
            raise NoAnswer("ended")
        return received.decode().splitlines()[0]

    def _close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def call(client, number, pause, going):
    """Guards a call, over and over."""
    name = f"load-{number % 3}"
    while going():
        reply = client.ask(f"allow {name}")
        words = (reply or "").split()
        if words[:1] == ["+allow"]:
            token = f" {words[2]}" if len(words) > 2 and words[1] == "closed" else ""
            client.ask(f"report {name} ok{token}")
        time.sleep(pause)


def trip(client, number, pause, going, ledger):
    """Opens one breaker after the other."""
    figures = client.figures
    figures.update(acknowledged=0, unsaved=0, not_known=0)
    with open(ledger, "a", buffering=1) as file:
        count = 0
        while going():
            count += 1
            name = f"trip-{number}-{os.getpid()}-{count}"
            words = (client.ask(f"report {name} fail") or "").split()
            if words[:2] != ["+ok", "open"]:
                figures["not_known"] += 1
            elif "unsaved" in words:
                figures["unsaved"] += 1
            else:
                file.write(name + "\n")
                figures["acknowledged"] += 1
            time.sleep(pause)


def run(options):
    work = [lambda going, n=n: _call(options, n, going) for n in range(options.callers)]
    work += [lambda going, n=n: _trip(options, n, going) for n in range(options.trippers)]
    open(options.ledger, "a").close()
    children = [_fork(each) for each in work]
    print("running", file=sys.stderr, flush=True)
    sys.stdin.buffer.read()
    for pid, _ in children:
        os.kill(pid, signal.SIGTERM)
    total = {}
    for pid, reading in children:
        with os.fdopen(reading) as pipe:
            _add(total, json.loads(pipe.read()))
        os.waitpid(pid, 0)
    total["calls"] = sum(total.get(outcome, 0) for outcome in OUTCOMES)
    print(json.dumps(total))


def _call(options, number, going):
    client = Client(options.socket, options.deadline / 1000)
    call(client, number, options.pause / 1000, going)
    return client.figures


def _trip(options, number, going):
    client = Client(options.socket, options.deadline / 1000)
    trip(client, number, options.trip_pause / 1000, going, options.ledger)
    return client.figures


def _fork(work):
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    gc.disable()
    try:
        figures = work(lambda: not ended)
        with os.fdopen(writing, "w") as pipe:
            json.dump(figures, pipe)
    finally:
        os._exit(0)


def _add(total, figures):
    for key, value in figures.items():
        if key.startswith("worst"):
            total[key] = max(total.get(key, 0.0), value)
        else:
            total[key] = total.get(key, [] if isinstance(value, list) else 0) + value


def check(options):
    with open(options.ledger) as file:
        names = file.read().splitlines()
    lost, opened, answered = [], 0, 0
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(options.patience)
    connection.connect(options.socket)
    replies = connection.makefile("r")
    for start in range(0, len(names), 500):
        page = names[start:start + 500]
        connection.sendall("".join(f"state {name}\n" for name in page).encode())
        for name in page:
            reply = replies.readline().split()
            if not reply:
                break
            answered += 1
            if reply[:2] == ["+ok", "open"]:
                opened += 1
            else:
                lost.append(f"{name}: {' '.join(reply)}")
    print(json.dumps({"asked": len(names), "open": opened, "lost": lost, "unanswered": len(names) - answered}))


def ask(options):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(options.patience)
    connection.connect(options.socket)
    replies = connection.makefile("r")
    for line in sys.stdin:
        connection.sendall(line.encode())
        reply = replies.readline()
        rows = int(reply[1:].split()[0]) if reply.startswith("*") else 0
        print(reply + "".join(replies.readline() for _ in range(rows)), end="")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "check", "ask"])
    parser.add_argument("--socket", default="/run/breakerd/breakerd.sock")
    parser.add_argument("--ledger", default="ledger")
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--trippers", type=int, default=2)
    parser.add_argument("--deadline", type=float, default=50, help="of a call, in milliseconds")
    parser.add_argument("--pause", type=float, default=2, help="of a caller, in milliseconds")
    parser.add_argument("--trip-pause", type=float, default=20, help="of a tripper, in milliseconds")
    parser.add_argument("--patience", type=float, default=20, help="of check and ask, in seconds")
    options = parser.parse_args()
    {"run": run, "check": check, "ask": ask}[options.what](options)


if __name__ == "__main__":
    main()
