#!/usr/bin/env python3
"""Connections without end, each with one request, while nobody accepts them. Runs inside the machine.

    crowd.py --socket PATH [--first N] [--most N] [--pause SECONDS]

Makes the first N at once and says `running`, then goes on, one after each pause, until standard input ends or there are as
many as may be. Then it waits for the answer to each, and prints {"made", "backlog_full", "refused", "answered"}.
"""

import argparse
import errno
import json
import resource
import select
import socket
import sys
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--socket", default="/run/breakerd/breakerd.sock")
    parser.add_argument("--first", type=int, default=150)
    parser.add_argument("--most", type=int, default=1900, help="together with others: fewer than the backlog has places")
    parser.add_argument("--pause", type=float, default=0.0001)
    parser.add_argument("--patience", type=float, default=10, help="for all answers, in seconds")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    figures = {"made": 0, "backlog_full": 0, "refused": 0, "answered": 0}
    connections = []
    for _ in range(options.first):
        connect(options.socket, connections, figures)
    print("running", file=sys.stderr, flush=True)
    while not select.select([sys.stdin], [], [], options.pause)[0]:
        if len(connections) < options.most:
            connect(options.socket, connections, figures)
    end = time.monotonic() + options.patience
    for connection in connections:
        connection.settimeout(max(0.01, end - time.monotonic()))
        try:
            figures["answered"] += connection.recv(100).startswith(b"+ok")
        except OSError:
            pass
    figures["made"] = len(connections)
    print(json.dumps(figures))


def connect(path, connections, figures):
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    code = connection.connect_ex(path)
    if code:
        figures["backlog_full" if code == errno.EAGAIN else "refused"] += 1
        connection.close()
        return
    connection.send(b"ping\n")
    connections.append(connection)


if __name__ == "__main__":
    main()
