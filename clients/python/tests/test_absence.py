"""What calls do while there is no daemon, and how often they look for one."""

import os
import signal
import socket
import threading
import traceback
import unittest

from support import SECOND, eventually
from scripted_server import Server
from socket_case import SocketCase, acting_as_another_user

import breakerd


class AbsenceTests(SocketCase):
    def test_each_reason_has_its_word(self):
        client = self.denying()
        self.assertEqual(self.why(client), "not-running")
        self.assertRegex(self.log.lines[0][1], "so calls are refused .*nothing listens at .*: is breakerd running\\?")
        with open(self.path("file"), "w"):
            pass
        self.socket = self.path("file")
        self.assertEqual(self.why(self.denying()), "cannot-connect")
        self.socket = self.path("x" * 200)
        self.assertEqual(self.why(self.denying()), "cannot-connect")
        self.socket = self.path("left")
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(self.socket)
        self.assertEqual(self.why(self.denying()), "not-running")

    def test_meanwhile_no_call_tries_the_socket(self):
        now = self.clock()
        client = self.client(self.path("none"))
        api = client.breaker("api")
        tries = []
        default = client._connection._socket_path

        def count():
            tries.append(now())
            return default()

        client._connection._socket_path = count
        client._connection._complaints._last["unavailable"] = now() + 3600 * SECOND
        fail = client._connection._fail
        failures = []
        client._connection._fail = lambda *why: failures.append(now()) or fail(*why)
        for _ in range(60 * 1_000):
            now.advance(0.001)
            api.permit()
        gaps = [(after - before) / SECOND for before, after in zip(failures, failures[1:])]
        self.assertLess(max(gaps), 1.002)
        self.assertTrue(all(gap > 0.004 for gap in gaps), gaps)
        for number, gap in enumerate(gaps[:6]):
            whole = 0.01 * 2**number
            self.assertTrue(whole / 2 <= gap <= whole + 0.002, gaps)
        # With jitter.
        self.assertGreater(len({round(gap, 3) for gap in gaps[8:]}), 10)

    def test_one_line_a_minute_is_logged(self):
        now = self.clock()
        client = self.client(self.path("none"), logger=self.log.logger)
        for _ in range(3 * 60 - 1):
            client.breaker("api").permit()
            now.advance(1)
        self.assertEqual(len(self.log.lines), 3, self.log.lines)
        self.assertIn("so calls are not guarded (on_unavailable=allow)", self.log.lines[0][1])

    def test_an_error_that_comes_again_and_again_gathers_no_traces(self):
        client = self.denying()
        for _ in range(1_000):
            self.why(client)
        client.close()
        for _ in range(1_000):
            self.why(client)
        try:
            client.breaker("api").permit()
        except breakerd.Denied as denied:
            self.assertLess(len(list(traceback.walk_tb(denied.__cause__.__traceback__))), 20)

    def test_who_may_not_open_the_socket_is_told_what_to_do(self):
        Server(self, self.socket)
        if os.geteuid() == 0:
            os.chmod(self.directory, 0o755)
        os.chmod(self.socket, 0)
        with acting_as_another_user():
            client = self.denying()
            self.assertEqual(self.why(client), "not-permitted")
            self.assertEqual(self.why(client), "not-permitted")
        (level, line), = self.log.lines
        self.assertEqual(level, "ERROR")
        self.assertIn(f'usermod -aG "$(stat -c %G {self.socket})" "$(id -nu ', line)

    def test_reports_that_wait_are_bounded_and_told_later_with_their_age(self):
        now = self.clock()
        server = Server(self, self.socket)
        client = self.client(self.socket, use_board=False)
        permits = [client.breaker("api").permit() for _ in range(1_100)]
        server.stop()
        for permit in permits:
            permit.fail("x")
        self.assertEqual((client.statistics.reports_waiting, client.statistics.reports_dropped), (1_000, 100))
        os.unlink(self.socket)
        server = Server(self, self.socket)
        now.advance(2)
        client.flush()
        self.assertEqual(server.wait_for(1_000), ["report api fail 77 ms=0 err=x age=2000 quiet"] * 1_000)
        self.assertEqual(client.statistics.reports_waiting, 0)

    def test_a_connection_that_was_lost_unnoticed_costs_no_call(self):
        now = self.clock()
        server = Server(self, self.socket)
        client = self.denying()
        for last_words in (b"", b"!SHUTTING_DOWN the daemon is stopping: connect again later\n"):
            self.assertIsNone(self.why(client))
            server.send(last_words)
            server.drop()
            self.assertIsNone(self.why(client))
            now.advance(1)
        self.assertEqual((client.statistics.unavailable, client.statistics.connections), (0, 3))

    def test_a_server_that_closes_each_connection_is_not_pressed(self):
        self.clock()
        server = Server(self, self.socket)
        client = self.client(self.socket)
        for _ in range(50):
            client.breaker("api").permit().ignore()
            server.drop()
        self.assertLess(client.statistics.connections, 5)

    def test_a_request_that_is_interrupted_gives_its_connection_up_and_the_next_call_connects_at_once(self):
        # The clock stands still, so the least pause would last for ever.
        self.clock()
        server = Server(self, self.socket)
        client = self.denying()
        self.assertIsNone(self.why(client))
        server.answer = None
        self.interrupt_a_call(client, server)
        server.answer = b"+TAG allow closed 77"
        self.assertIsNone(self.why(client))
        self.assertEqual((client.statistics.unavailable, client.statistics.connections), (0, 2))

    def test_who_is_interrupted_before_the_daemon_has_said_a_word_leaves_it_alone_for_a_while(self):
        now = self.clock()
        server = Server(self, self.socket, answer=None)
        hello, server.hello = server.hello, None
        client = self.denying()
        self.interrupt_a_call(client, server)
        self.assertEqual(self.why(client), "lost")
        server.hello, server.answer = hello, b"+TAG allow closed 77"
        now.advance(1)
        self.assertIsNone(self.why(client))

    def interrupt_a_call(self, client, server):
        """A signal's handler raises in a call, once it waits for its reply."""
        def raises(*_):
            raise KeyboardInterrupt

        def strike():
            if eventually(lambda: any(line.endswith(" allow hanging") for line in server.lines)):
                signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

        self.addCleanup(signal.signal, signal.SIGUSR1, signal.signal(signal.SIGUSR1, raises))
        striking = threading.Thread(target=strike)
        striking.start()
        with self.assertRaises(KeyboardInterrupt):
            client.breaker("hanging").permit()
        striking.join()


if __name__ == "__main__":
    unittest.main()
