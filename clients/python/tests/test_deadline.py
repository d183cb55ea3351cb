"""Servers that are slow, deaf or full: no call waits for them longer than its deadline."""

import contextlib
import socket
import threading
import time
import unittest

from scripted_server import Server
from socket_case import SocketCase


class DeadlineTests(SocketCase):
    def longest(self, client, calls):
        times = []
        for _ in range(calls):
            begin = time.monotonic()
            client.breaker("api").permit().ignore()
            times.append(time.monotonic() - begin)
        return max(times)

    def test_who_never_answers_costs_the_deadline(self):
        server = Server(self, self.socket, answer=None)
        client = self.client(self.socket, deadline=0.05)
        # Much more than the deadline, much less than no deadline: a busy machine takes turns away.
        self.assertLess(self.longest(client, 20), 2)
        self.assertGreaterEqual(client.statistics.timeouts, 1)
        # One that waited has closed: a late reply must not be taken for another.
        self.assertEqual(server.connections, client.statistics.connections)
        self.assertEqual(server.connections, client.statistics.timeouts)

    def test_who_writes_without_end_costs_the_deadline(self):
        stopped = threading.Event()

        class Flooding(Server):
            def _serve(self, connection):
                with connection, contextlib.suppress(OSError):
                    while not stopped.is_set():
                        connection.sendall(b"~FULL no room\n" * 5_000)

        server = Flooding(self, self.socket)
        self.addCleanup(server.drop)
        self.addCleanup(stopped.set)
        client = self.client(self.socket, deadline=0.05)
        self.assertLess(self.longest(client, 5), 2)
        self.assertGreaterEqual(client.statistics.timeouts, 1)

    def test_a_full_backlog_is_no_reason_to_wait(self):
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(self.socket)
        listening.listen(0)
        waiting = []
        while True:
            other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            self.addCleanup(other.close)
            try:
                other.connect(self.socket)
            except BlockingIOError:
                break
            waiting.append(other)
        client = self.denying(deadline=1_000)
        self.assertEqual(self.why(client), "backlog-full")
        self.assertEqual(client.statistics.timeouts, 0)

    def test_a_server_that_reads_nothing_costs_the_deadline(self):
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind(self.socket)
        listening.listen(16)
        client = self.client(self.socket, deadline=0.05)
        self.assertLess(self.longest(client, 3), 2)
        api = client.breaker("api")
        begin = time.monotonic()
        for _ in range(3_000):
            permit = api.permit()
            permit.fail()
        self.assertLess(time.monotonic() - begin, 10)
        begin = time.monotonic()
        client.close()
        self.assertLess(time.monotonic() - begin, 2)


if __name__ == "__main__":
    unittest.main()
