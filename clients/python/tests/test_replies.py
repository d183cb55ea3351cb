"""What servers answer, and what calls make of it."""

import unittest

from support import eventually
from scripted_server import Server
from socket_case import SocketCase

import breakerd


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
            ("open retry_ms=" + "9" * 400, "open", None),
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
        for error in (b"-TAG BAD_ARGUMENT lease", b"-TAG INTERNAL a fault", b"-TAG FORBIDDEN", b"-TAG BAD_NAME", b"+TAG ok closed", b"+TAG"):
            server.answer = error
            with self.subTest(error):
                self.assertEqual(self.why(client), "refused")
        self.assertEqual(
            self.log.lines,
            [("WARNING", "breakerd refused: BAD_ARGUMENT lease, so calls are refused (on_unavailable=deny)")])

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
        for number, client in enumerate(clients, 1):
            for _ in range(3):
                client.breaker("api").permit().ok()
            self.assertTrue(eventually(lambda: len(server.lines) == number * 7))
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


if __name__ == "__main__":
    unittest.main()
