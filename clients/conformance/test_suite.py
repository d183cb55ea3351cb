"""What cases mean: a suite that finds everything good would be worth nothing."""

import os
import socket
import socketserver
import tempfile
import threading
import unittest

from processes import Opens
from relay import Relay
from suite import BadCase, Mismatch, match, match_all, read_text, seconds


class Reading(unittest.TestCase):
    def test_a_case(self):
        (case,) = read_text("# why\ncase It works\nneeds fork\nyaml daemon: {max_breakers: 1}\ndaemon a=b\n"
                            "within 2s a & call api ok -> allowed\na -> x | y\n", "f")
        self.assertEqual((case.title, case.place, case.needs, case.actors), ("It works", "f:2", {"fork"}, ["a"]))
        yaml, daemon, call, later = case.steps
        self.assertEqual(yaml.words, ("yaml", "daemon: {max_breakers: 1}"))
        self.assertEqual((daemon.actor, daemon.words, daemon.expected), ("", ("daemon", "a=b"), None))
        self.assertEqual((call.actor, call.words, call.expected, call.within, call.is_left),
                         ("a", ("call", "api", "ok"), "allowed", 2, True))
        self.assertEqual((later.words, later.expected), ((), "x | y"))

    def test_what_is_no_case_is_named(self):
        with self.assertRaisesRegex(BadCase, "f:1: daemon: before the first case"):
            read_text("daemon\n", "f")
        with self.assertRaisesRegex(BadCase, "f:2: within soon a call: 'soon' is no time"):
            read_text("case x\nwithin soon a call\n", "f")

    def test_times(self):
        self.assertEqual([seconds("120ms"), seconds("2s")], [0.12, 2])


class Matching(unittest.TestCase):
    def good(self, expected, actual, **options):
        match(expected, actual, options.pop("names", {}), **options)

    def bad(self, expected, actual, **options):
        with self.assertRaises(Mismatch):
            self.good(expected, actual, **options)

    def test_words(self):
        self.good("deny open", "deny open")
        self.bad("deny open", "deny half-open")
        self.bad("deny open", "deny open now")
        self.bad("deny open", "deny")
        self.good("deny *", "deny saturated")

    def test_numbers(self):
        self.good("x 1..5 ms=10..20", "x 5 ms=10")
        self.bad("x 1..5", "x 6")
        self.bad("ms=10..20", "ms=9")
        self.bad("ms=10..20", "ms=-1")

    def test_options(self):
        self.good("a=1 b=2", "b=2 c=3 a=1")
        self.bad("a=1", "b=1")
        self.bad("a=1", "a=1 b=2", whole=True)
        self.good("a=1 b=?", "a=1", whole=True)
        self.good("a=1 b=?", "a=1 b=2", whole=True)
        self.bad("a=1 b=?", "b=2", whole=True)

    def test_names_are_bound_once(self):
        names = {}
        self.good("report $g", "report 77", names=names)
        self.bad("report $g", "report 78", names=names)
        self.assertEqual(names, {"$g": "77"})

    def test_what_did_not_match_binds_nothing(self):
        names = {}
        self.bad("$g fail", "77 ok", names=names)
        self.assertEqual(names, {})

    def test_lines_in_order_or_in_any(self):
        match_all(["a", "b"], ["a", "b"], {})
        match_all(["b", "a"], ["a", "b"], {}, in_order=False)
        for expected, sent, in_order in ((["b", "a"], ["a", "b"], True), (["a"], ["a", "b"], False), (["a", "b"], ["a"], False)):
            with self.assertRaises(Mismatch):
                match_all(expected, sent, {}, in_order=in_order)

    def test_some_among_others(self):
        match_all(["b", "c"], ["a", "b", "c", "d"], {}, whole=False)
        with self.assertRaises(Mismatch):
            match_all(["b", "e"], ["a", "b", "c", "d"], {}, whole=False)


class Files(unittest.TestCase):
    def test_each_opening_is_counted_once(self):
        with tempfile.NamedTemporaryFile() as file:
            opens = Opens(file.name)
            self.addCleanup(opens.close)
            for _ in range(100):
                open(file.name, "rb").close()
            self.assertEqual((opens.count(), opens.count()), (100, 0))


class Wire(unittest.TestCase):
    """The relay, before a daemon that answers each line with another."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        daemon = Daemon(self.directory.name + "/daemon", Echo)
        threading.Thread(target=daemon.serve_forever, args=[0.01], daemon=True).start()
        self.addCleanup(daemon.server_close)
        self.addCleanup(daemon.shutdown)
        self.relay = Relay(self.directory.name + "/relay", self.directory.name + "/daemon")
        self.addCleanup(self.relay.close)

    def connect(self):
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(20)
        connection.connect(self.directory.name + "/relay")
        return connection

    def ask(self, connection, line):
        connection.sendall(line + b"\n")
        return connection.recv(1000)

    def test_all_connections_are_closed_when_it_says_so(self):
        connections = [self.connect() for _ in range(20)]
        for connection in connections:
            self.assertEqual(self.ask(connection, b"@10 allow x"), b"+@10 allow x\n")
        # As in a process that is being started.
        for link in self.relay._links:
            self.addCleanup(os.close, os.dup(link.client.get_extra_info("socket").fileno()))
        # More than they take without reading.
        self.relay.say("x" * 2_000_000)
        self.relay.close_links()
        for connection in connections:
            with self.assertRaises(BrokenPipeError):
                connection.send(b"x")

    def test_a_reply_is_held_or_has_another_tag(self):
        connection = self.connect()
        self.relay.rule("mistag", "allow", "")
        self.relay.rule("hold", "allow", "")
        self.assertEqual(self.ask(connection, b"@10 allow x"), b"+@11 allow x\n")
        connection.sendall(b"@20 allow x\n")
        with self.assertRaises(TimeoutError):
            connection.settimeout(0.05)
            connection.recv(1000)
        self.relay.release()
        connection.settimeout(20)
        self.assertEqual(connection.recv(1000), b"+@20 allow x\n")

    def test_tags_of_greetings_and_tries_are_kept(self):
        for tag in (b"1", b"2", b"2"):
            self.ask(self.connect(), b"@%s hello 1" % tag)
        self.assertEqual(self.relay.first_tags(), ["@1", "@2", "@2"])
        tries = self.relay.tries()
        self.assertEqual((len(tries), sorted(tries)), (3, tries))
        self.assertEqual(self.relay.tries(), [])


class Daemon(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 100


class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(b"+" + line)


if __name__ == "__main__":
    unittest.main()
