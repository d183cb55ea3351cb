"""The socket: servers that are slow, gone, wrong or somebody else's, and what calls do meanwhile."""

import logging
import os
import socket
import threading
import time
import traceback
import unittest

from support import SECOND, Case, Server, eventually

import breakerd


class Lines(logging.Handler):
    """Keeps what was logged."""

    def __init__(self):
        super().__init__()
        self.lines = []
        self.logger = logging.Logger("test")
        self.logger.addHandler(self)

    def emit(self, record):
        self.lines.append((record.levelname, record.getMessage()))


class SocketCase(Case):
    def setUp(self):
        super().setUp()
        self.socket = self.path("s")
        self.log = Lines()

    def denying(self, deadline=10, **options):
        return self.client(self.socket, deadline, self.log.logger, on_unavailable="deny", **options)

    def why(self, client):
        """Why a call was not answered; None: it was allowed."""
        try:
            client.breaker("api").permit().ignore()
        except breakerd.Denied as denied:
            self.assertEqual(denied.reason, "unavailable")
            return denied.__cause__.reason
        return None


class ReplyTests(SocketCase):
    def test_decisions(self):
        server = Server(self, self.socket)
        client = self.client(self.socket)
        for reply in (
            "closed 77", "closed 77.5 lease_ms=60000", "half-open 77.5 lease_ms=30000 more=words", "forced-closed 77",
            "observe 77", "unmanaged", "sideways 77", "sideways",
        ):
            server.answer = b"+TAG allow " + reply.encode()
            with self.subTest(reply):
                client.breaker("api").permit().ignore()
        for reply, reason, retry in (
            ("open retry_ms=8120", "open", 8.12), ("open", "open", None), ("half-open retry_ms=250", "half-open", 0.25),
            ("forced-open", "forced-open", None), ("saturated", "saturated", None), ("ramp retry_ms=40", "ramp", 0.04),
            ("sideways retry_ms=soon", "sideways", None),
        ):
            server.answer = b"+TAG deny " + reply.encode()
            with self.subTest(reply), self.assertRaises(breakerd.Denied) as caught:
                client.breaker("api").permit()
            self.assertEqual((caught.exception.reason, caught.exception.retry_after), (reason, retry))
        self.assertEqual(client.statistics.unavailable, 0)
        # A permit goes back, all else that says nothing is not told.
        self.assertEqual(server.wait_for(2), ["report api ignore 77.5 quiet"] * 2)

    def test_what_is_not_for_this_client_is_passed_over(self):
        Server(self, self.socket, b"> transition name=api from=closed to=open\n~FULL no room\n+TAG allow closed 77\r\n")
        client = self.denying()
        self.assertIsNone(self.why(client))
        self.assertEqual(client.statistics.reports_refused, 1)
        self.assertEqual(self.log.lines, [("WARNING", "breakerd refused a report: FULL no room")])

    def test_an_error_is_as_good_as_no_answer(self):
        server = Server(self, self.socket)
        client = self.denying()
        for error in (b"-TAG INTERNAL a fault", b"-TAG FORBIDDEN", b"+TAG ok closed", b"+TAG"):
            server.answer = error
            with self.subTest(error):
                self.assertEqual(self.why(client), "refused")
        server.answer = b"-TAG BAD_NAME"
        with self.assertRaises(breakerd.InvalidName):
            client.breaker("api").permit()

    def test_who_answers_wrongly_is_not_breakerd(self):
        for number, answer in enumerate((
            b"+@0 allow closed 77", b"+allow closed 77", b"HTTP/1.1 400 Bad Request", b"\n", b"*1\n a=b\n",
            b"+TAG allow closed 77\n+TAG allow closed 77", b"x" * 70_000,
        )):
            self.socket = self.path(f"s{number}")
            Server(self, self.socket, answer)
            client = self.denying()
            first = self.why(client)
            with self.subTest(answer[:20]):
                self.assertEqual(first or self.why(client), "not-breakerd")

    def test_a_fatal_line_says_why(self):
        Server(self, self.socket, b"!BUSY too many connections\n")
        self.assertEqual(self.why(self.denying()), "refused")
        self.assertIn("BUSY too many connections", self.log.lines[0][1])

    def test_a_greeting_that_is_refused(self):
        Server(self, self.socket).hello = b"-TAG BAD_VERSION max=0"
        self.assertEqual(self.why(self.denying()), "refused")

    def test_tags_begin_anywhere_and_go_on_by_one(self):
        server = Server(self, self.socket)
        clients = [self.client(self.socket) for _ in range(4)]
        for client in clients:
            for _ in range(3):
                client.breaker("api").permit().ok()
        eventually(lambda: len(server.lines) == 4 * 7)
        tags = [int(line.split()[0][1:], 16) for line in server.lines]
        runs = [tags[number : number + 7] for number in range(0, 28, 7)]
        self.assertEqual(len({run[0] for run in runs}), 4)
        for run in runs:
            self.assertEqual(run, [run[0] + number & 0xFFFF_FFFF for number in range(7)])

    def test_the_greeting_names_the_client(self):
        server = Server(self, self.socket)
        self.client(self.socket, name="web 3\n" + "x" * 40).breaker("api").permit().ignore()
        self.client(self.socket, name="\n").breaker("api").permit().ignore()
        hello = f"hello 1 client=python/{breakerd.__version__} bound=yes"
        greetings = [line.partition(" ")[2] for line in server.lines if "hello" in line]
        self.assertEqual(greetings, [hello + " name=web%203" + "x" * 27, hello])

    def test_a_lease_is_asked_for_in_milliseconds(self):
        server = Server(self, self.socket)
        self.client(self.socket).breaker("api").permit(lease=90.5).ignore()
        self.assertTrue(server.lines[-1].endswith(" allow api lease=90500ms"))


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
                connection.settimeout(10)
                try:
                    while not stopped.is_set():
                        connection.sendall(b"~FULL no room\n" * 5_000)
                except OSError:
                    pass

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

    def test_a_request_that_is_interrupted_gives_its_connection_up(self):
        server = Server(self, self.socket)
        client = self.client(self.socket)
        client.breaker("api").permit().ignore()
        wait = client._connection._wait

        def interrupt(*_):
            raise KeyboardInterrupt

        client._connection._wait = interrupt
        with self.assertRaises(KeyboardInterrupt):
            client.breaker("api").permit()
        client._connection._wait = wait
        self.assertTrue(eventually(lambda: client.breaker("api").permit().ok() or server.connections == 2))


class acting_as_another_user:
    """Root may open everything, so tests of what is forbidden need somebody else."""

    def __enter__(self):
        if os.geteuid() == 0:
            os.seteuid(54321)

    def __exit__(self, *_):
        if os.getuid() == 0:
            os.seteuid(0)


class OptionTests(Case):
    def test_bad_names_are_refused_when_the_handle_is_made(self):
        client = self.client(self.path("none"))
        for name in ("", " ", "a b", "-a", ".a", "a\n", "é", "a" * 101, "a*", None, 7, b"api"):
            with self.subTest(name), self.assertRaises(breakerd.InvalidName):
                client.breaker(name)
        for name in ("a", "_", "9", "payments-api.example.com:443/v1@eu", "a" * 100):
            self.assertEqual(client.breaker(name).name, name)

    def test_bad_options_are_refused(self):
        for options in (
            {"deadline": 0}, {"deadline": -1}, {"flush_interval": -1}, {"flush_interval": 11}, {"on_unavailable": "maybe"},
            {"on_unavailable": None},
        ):
            with self.subTest(options), self.assertRaises(ValueError):
                breakerd.Client(**options)
        for failures, duration in ((0, 1), (1, 0), (1, -1)):
            with self.assertRaises(ValueError):
                breakerd.Local(failures, duration)

    def test_what_runs_later_is_not_decorated(self):
        api = self.client(self.path("none")).breaker("api")

        async def coroutine():
            pass

        def generator():
            yield

        for function in (coroutine, generator):
            with self.assertRaises(TypeError):
                api(function)


class LocalTests(Case):
    """``on_unavailable="local"``: a small breaker of this process's own."""

    def setUp(self):
        super().setUp()
        self.now = self.clock()

    def call(self, api, *, works):
        permit = api.permit()
        permit.ok() if works else permit.fail()

    def assert_denied(self, api, retry_after):
        with self.assertRaises(breakerd.Denied) as caught:
            api.permit()
        self.assertEqual((caught.exception.reason, caught.exception.retry_after), ("local", retry_after))

    def test_five_failures_in_a_row_refuse_for_thirty_seconds(self):
        api = self.client(self.path("none"), on_unavailable="local").breaker("api")
        for works in (False, False, False, False, True, False, False, False, False, False):
            self.call(api, works=works)
        self.assert_denied(api, 30.0)
        self.now.advance(29.5)
        self.assert_denied(api, 0.5)
        self.now.advance(0.5)
        probe = api.permit()
        self.assert_denied(api, 30.0)
        probe.fail()
        self.now.advance(30)
        self.call(api, works=True)
        self.call(api, works=True)

    def test_its_numbers_can_be_chosen(self):
        client = self.client(self.path("none"), on_unavailable=breakerd.Local(failures=2, duration=1.5))
        for name in ("api", "other"):
            for _ in range(2):
                self.call(client.breaker(name), works=False)
            self.assert_denied(client.breaker(name), 1.5)

    def test_other_choices(self):
        for _ in range(20):
            self.call(self.client(self.path("none"), on_unavailable="allow").breaker("api"), works=False)
        with self.assertRaises(breakerd.Denied) as caught:
            self.client(self.path("none"), on_unavailable="deny").breaker("api").permit()
        self.assertEqual((caught.exception.reason, caught.exception.retry_after), ("unavailable", None))
        self.assertIsInstance(caught.exception.__cause__, breakerd.Unavailable)


if __name__ == "__main__":
    unittest.main()
