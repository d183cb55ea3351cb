#!/usr/bin/env python3
"""How the load generator tells apart what can happen to a call, against sockets that misbehave on purpose."""

import os
import socket
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from load import Client


class LoadTests(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "socket")
        self.client = Client(self.path, 0.05)
        self.addCleanup(self.client._close)

    def listen(self, backlog=8):
        server = socket.socket(socket.AF_UNIX)
        server.bind(self.path)
        server.listen(backlog)
        self.addCleanup(server.close)
        return server

    def serve(self, *acts):
        """One connection for each act, one after the other, in a thread."""
        server = self.listen()

        def work():
            for act in acts:
                connection, _ = server.accept()
                with connection:
                    act(connection)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 5)

    def counted(self):
        return {key: self.client.figures[key] for key in ("answered", "deadline", "refused", "missing", "forbidden",
                                                          "backlog_full", "ended", "other") if self.client.figures[key]}

    def test_no_socket_and_nobody_who_listens(self):
        self.assertIsNone(self.client.ask("ping"))
        self.listen().close()
        self.assertIsNone(self.client.ask("ping"))
        self.assertEqual(self.counted(), {"missing": 1, "refused": 1})

    def test_a_full_backlog_is_no_refusal(self):
        self.listen(backlog=0)
        with socket.socket(socket.AF_UNIX) as first:
            first.connect(self.path)
            begun = time.monotonic()
            self.assertIsNone(self.client.ask("ping"))
            self.assertLess(time.monotonic() - begun, 0.04)
        self.assertEqual(self.counted(), {"backlog_full": 1})

    def test_a_call_in_the_backlog_waits_for_its_deadline(self):
        self.listen()
        begun = time.monotonic()
        self.assertIsNone(self.client.ask("ping"))
        self.assertGreaterEqual(time.monotonic() - begun, 0.05)
        self.assertEqual(self.counted(), {"deadline": 1})
        self.assertGreaterEqual(self.client.figures["worst_over_ms"], 0)

    def test_a_connection_that_was_lost_is_made_again_for_the_same_call(self):
        def answer(connection):
            connection.recv(100)
            connection.sendall(b"+ok pong\n")

        self.serve(answer, answer)
        self.assertEqual(self.client.ask("ping"), "+ok pong")
        self.assertEqual(self.client.ask("ping"), "+ok pong")
        self.assertEqual(self.counted(), {"answered": 2})
        self.assertEqual(self.client.figures["again"], 1)

    def test_a_new_connection_that_ends_is_not_tried_again(self):
        self.serve(lambda connection: connection.recv(100), lambda connection: connection.sendall(b"!SHUTTING_DOWN x\n"))
        self.assertIsNone(self.client.ask("ping"))
        self.assertIsNone(self.client.ask("ping"))
        self.assertEqual(self.counted(), {"ended": 2})

    def test_an_error_is_an_answer_and_is_kept_for_a_look(self):
        self.serve(lambda connection: (connection.recv(100), connection.sendall(b"-BAD_VERB x\n")))
        self.assertEqual(self.client.ask("pong"), "-BAD_VERB x")
        self.assertEqual(self.client.figures["odd"], ["pong -> -BAD_VERB x"])


if __name__ == "__main__":
    unittest.main()
