"""What a real daemon prints, held against docs/metrics.md both ways."""

import os
import socket
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support import BREAKERCTL, BREAKERD, PROMTOOL, Exposition, documented, needs_daemon, needs_promtool, run

STATES = {"closed", "open", "half-open", "forced-open", "forced-closed", "observe"}
# By their names: how a breaker comes to be what its name says.
POLICIES = """\
{daemon}
defaults:
  trip: {{consecutive_failures: 2}}
  open: {{duration: 1h, max_duration: 1h, jitter: 0%}}
breakers:
  - {{match: slow, trip: {{slow_rate: 100%, slow_call: 1s, minimum_calls: 1000}}}}
  - {{match: limited, concurrency: {{limit: 1}}}}
  - {{match: lapsing, open: {{duration: 500ms, max_duration: 1h, backoff: 100}}, half_open: {{lease: 10ms}}}}
  - {{match: probing, open: {{duration: 10ms}}, half_open: {{lease: 1h, max_lease: 1h}}}}
  - {{match: ramping, open: {{duration: 10ms}}, ramp: {{start: 0%, duration: 1d}}}}
  - {{match: checked, open: {{duration: 1h}}, recovery: check}}
"""


def eventually(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Daemon:
    """A real breakerd on paths of its own."""

    def __init__(self, test, daemon=""):
        self.directory = tempfile.mkdtemp(prefix="metrics-")
        test.addCleanup(run, "rm", "-rf", self.directory)
        self.configuration = Path(self.directory, "breakerd.yaml")
        self.configuration.write_text(POLICIES.format(daemon=daemon))
        self.process = None
        test.addCleanup(self.end, kill=True)
        self.start()

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self):
        paths = [
            "--config", self.configuration, "--socket", self.path("s"), "--admin-socket", self.path("admin"),
            "--state", self.path("state/db"), "--board", self.path("pub/board")]
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen([BREAKERD, *map(str, paths)], stderr=log, stdin=subprocess.DEVNULL)
        if not eventually(lambda: self.process.poll() is not None or self._answers()) or self.process.poll() is not None:
            raise AssertionError("breakerd did not start: " + Path(self.path("log")).read_text())

    def _answers(self):
        try:
            return self.ask("ping") == ["+ok pong"]
        except OSError:
            return False

    def end(self, kill=False):
        if self.process is not None and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(30)

    def ask(self, *lines, admin=False):
        """The answers to some lines, on a connection of their own."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(self.path("admin" if admin else "s"))
            connection.sendall("".join(line + "\n" for line in lines).encode())
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile().read().splitlines()

    def metrics(self, *arguments, **options):
        return run(BREAKERCTL, "--socket", self.path("s"), "metrics", *arguments, **options)

    def exposition(self, *arguments):
        told = self.metrics(*arguments)
        assert told.returncode == 0, told.stderr
        return Exposition(told.stdout)

    def state(self, name):
        return self.ask(f"state {name}")[0].split()[1]

    def live(self, test):
        """Lets breakers go through everything that has a figure."""
        def told(expected, *lines, admin=False):
            answers = self.ask(*lines, admin=admin)
            test.assertTrue(answers[-1].startswith(expected), (lines, answers))
            return answers

        def trip(name):
            self.ask(f"report {name} fail", f"report {name} fail")

        told("+ok closed", "report well ok", "report well ok n=40", "report well fail", "report well ok", "report well ignore")
        told("+ok closed", "report slow ok ms=5000")

        token = told("+allow closed", "allow broken")[0].split()[2]
        trip("broken")
        told("+deny open", "allow broken", "allow broken")
        told("+ok", "denied broken n=7")
        told("+ok stale", f"report broken fail {token}")

        told("+ok", "force red open", "force green closed", "force watched observe", admin=True)
        told("+deny forced-open", "allow red")
        told("+allow", "allow green")
        # What is held without `bound` stays out when its connection is gone.
        told("+deny saturated", "allow limited", "allow limited")

        trip("lapsing")
        test.assertTrue(eventually(lambda: self.state("lapsing") == "half-open"))
        told("+allow half-open", "allow lapsing")
        test.assertTrue(eventually(lambda: self.state("lapsing") == "open"))

        trip("probing")
        test.assertTrue(eventually(lambda: self.state("probing") == "half-open"))
        told("+deny half-open", "allow probing", "allow probing")

        trip("ramping")
        test.assertTrue(eventually(lambda: self.state("ramping") == "half-open"))
        told("+deny ramp", "allow ramping", "report ramping ok", "allow ramping")

        # Without a prober: a reason for trouble.
        trip("checked")

        told("-BAD_VERB", "nonsense")
        told("+ok", "reload", admin=True)
        right = self.configuration.read_text()
        self.configuration.write_text("nonsense: 1\n")
        told("-BAD_ARGUMENT", "reload", admin=True)
        self.configuration.write_text(right)


class PageCase(unittest.TestCase):
    def assert_documented(self, exposition, complete):
        """Families, types and labels are those of the page; if it shows everything, also the other way round."""
        page = documented()
        self.assertEqual(set(exposition.types) - set(page), set(), "not in docs/metrics.md")
        self.assertEqual(set(exposition.types), set(exposition.helps))
        for name, kind in exposition.types.items():
            with self.subTest(name):
                self.assertEqual(kind, page[name].type)
                for sample in exposition.of(name):
                    self.assertEqual(set(sample.labels), set(page[name].labels))
                    for label, known in page[name].labels.items():
                        if known:
                            self.assertIn(sample.labels[label], known)
                    if kind == "counter":
                        self.assertGreaterEqual(sample.value, 0)
        # A family without samples is told of all the same.
        self.assertEqual(set(page) - set(exposition.types), set(), "in docs/metrics.md, and not told")
        if complete:
            shown = {sample.name for sample in exposition.samples.values()}
            self.assertEqual(set(page) - shown, set(), "no samples")


@needs_daemon
class DaemonTests(PageCase):
    def setUp(self):
        self.daemon = Daemon(self)

    def test_everything_is_in_the_page_and_the_page_in_it(self):
        self.daemon.live(self)
        self.assert_documented(self.daemon.exposition(), complete=True)

    @needs_promtool
    def test_promtool_takes_it(self):
        self.daemon.live(self)
        told = run(PROMTOOL, "check", "metrics", input=self.daemon.metrics().stdout)
        self.assertEqual((told.returncode, told.stdout + told.stderr), (0, ""))

    def test_the_figures_are_right(self):
        self.daemon.live(self)
        shown = self.daemon.exposition()
        figures = {
            ("breakerd_breaker_calls_total", "well"): [({"outcome": "ok"}, 42), ({"outcome": "fail"}, 1), ({"outcome": "ignore"}, 1)],
            ("breakerd_breaker_slow_calls_total", "slow"): [({}, 1)],
            ("breakerd_breaker_refused_total", "broken"): [({"reason": "open"}, 2), ({"reason": "client"}, 7)],
            ("breakerd_breaker_refused_total", "red"): [({"reason": "forced-open"}, 1)],
            ("breakerd_breaker_refused_total", "limited"): [({"reason": "saturated"}, 1)],
            ("breakerd_breaker_refused_total", "probing"): [({"reason": "half-open"}, 1)],
            ("breakerd_breaker_refused_total", "ramping"): [({"reason": "ramp"}, 1)],
            ("breakerd_breaker_openings_total", "broken"): [({}, 1)],
            ("breakerd_breaker_openings_total", "lapsing"): [({}, 2)],
            ("breakerd_breaker_transitions_total", "lapsing"): [({"to": "open"}, 2), ({"to": "half-open"}, 1), ({"to": "closed"}, 0)],
            ("breakerd_breaker_transitions_total", "ramping"): [({"to": "closed"}, 1)],
            ("breakerd_breaker_transitions_total", "red"): [({"to": "forced-open"}, 1)],
            ("breakerd_breaker_transitions_total", "green"): [({"to": "forced-closed"}, 1)],
            ("breakerd_breaker_transitions_total", "watched"): [({"to": "observe"}, 1)],
            ("breakerd_breaker_probes_total", "probing"): [({}, 1)],
            ("breakerd_breaker_probes_total", "lapsing"): [({}, 1)],
            ("breakerd_breaker_lapsed_probes_total", "lapsing"): [({}, 1)],
            ("breakerd_breaker_stale_reports_total", "broken"): [({}, 1)],
            ("breakerd_breaker_calls_under_way", "probing"): [({}, 1)],
            ("breakerd_breaker_calls_under_way", "limited"): [({}, 1)],
            ("breakerd_breaker_calls_under_way", "well"): [({}, 0)],
        }
        for (family, name), expected in figures.items():
            for labels, value in expected:
                with self.subTest(family, name=name, **labels):
                    self.assertEqual(shown.value(family, name=name, **labels), value)
        states = {
            "well": "closed", "broken": "open", "lapsing": "open", "probing": "half-open", "ramping": "closed",
            "red": "forced-open", "green": "forced-closed", "watched": "observe"}
        for name, state in states.items():
            with self.subTest(name):
                self.assertEqual(
                    {sample.labels["state"]: sample.value for sample in shown.of("breakerd_breaker_state", name=name)},
                    {other: float(other == state) for other in STATES})
        self.assertEqual(shown.value("breakerd_degraded"), 1)
        self.assertEqual(shown.value("breakerd_trouble", reason="no_prober"), 1)
        self.assertEqual(shown.value("breakerd_reloads_total", result="ok"), 1)
        self.assertEqual(shown.value("breakerd_reloads_total", result="failed"), 1)
        self.assertEqual(shown.value("breakerd_last_reload_successful"), 0)
        self.assertEqual(shown.value("breakerd_breaker_concurrency_limit", name="limited"), 1)
        self.assertFalse(shown.of("breakerd_breaker_concurrency_limit", name="well"))
        self.assertEqual(
            shown.value("breakerd_calls_out"), sum(sample.value for sample in shown.of("breakerd_breaker_calls_under_way")))
        self.assertGreater(shown.value("breakerd_calls_limit"), shown.value("breakerd_calls_out"))
        self.assertEqual(shown.value("breakerd_accepts_failed_total"), 0)
        for name in states:
            [since] = shown.of("breakerd_breaker_last_transition_time_seconds", name=name)
            self.assertLess(abs(since.value - time.time()), 600)
        self.assertEqual(sum(sample.value for sample in shown.of("breakerd_breakers")), 11)
        self.assertEqual(shown.value("breakerd_breakers", state="forced-open"), 1)
        self.assertEqual(shown.value("breakerd_breakers_unlisted"), 0)
        self.assertEqual(shown.value("breakerd_rules"), 6)
        self.assertGreaterEqual(shown.value("breakerd_request_errors_total"), 1)
        self.assertLess(abs(shown.value("breakerd_start_time_seconds") - time.time()), 600)
        self.assertGreater(shown.value("breakerd_process_resident_memory_bytes"), 1e6)

    def test_zeros_of_breakers_are_left_out(self):
        self.daemon.ask("report well ok")
        shown = self.daemon.exposition()
        self.assertEqual(
            {(sample.name, sample.labels.get("outcome")) for sample in shown.samples.values() if "name" in sample.labels},
            {
                ("breakerd_breaker_state", None), ("breakerd_breaker_calls_total", "ok"), ("breakerd_breaker_calls_total", "fail"),
                ("breakerd_breaker_openings_total", None), ("breakerd_breaker_last_transition_time_seconds", None)})
        self.assertEqual(len([sample for sample in shown.samples.values() if "name" in sample.labels]), 10)

    def test_counters_of_breakers_outlive_a_restart_and_others_do_not(self):
        self.daemon.live(self)
        before = self.daemon.exposition()
        self.daemon.end()
        self.daemon.start()
        after = self.daemon.exposition()
        for name, family in documented().items():
            if family.type != "counter":
                continue
            with self.subTest(name):
                for sample in before.of(name):
                    if family.survives:
                        self.assertGreaterEqual(after.value(name, **sample.labels), sample.value)
                    else:
                        self.assertLessEqual(after.value(name, **sample.labels), sample.value)
        self.assertGreater(after.value("breakerd_start_time_seconds"), before.value("breakerd_start_time_seconds"))
        self.assertEqual(after.value("breakerd_reloads_total", result="failed"), 0)
        self.assertEqual(after.value("breakerd_last_reload_successful"), 1)
        for name in ("broken", "red", "green", "watched"):
            with self.subTest(name):
                since = [shown.value("breakerd_breaker_last_transition_time_seconds", name=name) for shown in (before, after)]
                # The wall clock may be set meanwhile, if by little.
                self.assertAlmostEqual(*since, delta=0.1)

    def test_a_force_that_is_given_again_is_as_old_as_before(self):
        self.daemon.ask("force red open", admin=True)
        before = self.daemon.exposition().value("breakerd_breaker_last_transition_time_seconds", name="red")
        time.sleep(0.5)
        self.daemon.ask("force red open", admin=True)
        after = self.daemon.exposition().value("breakerd_breaker_last_transition_time_seconds", name="red")
        self.assertAlmostEqual(before, after, delta=0.1)

    def test_a_glob_chooses_breakers(self):
        self.daemon.live(self)
        shown = self.daemon.exposition("w*")
        names = {sample.labels["name"] for sample in shown.samples.values() if "name" in sample.labels}
        self.assertEqual(names, {"well", "watched"})
        # Of the daemon only all is told, or nothing.
        self.assertFalse([name for name in shown.types if not name.startswith("breakerd_breaker_")])
        self.assertFalse(self.daemon.exposition("nothing*").samples)
        self.assertEqual(set(self.daemon.exposition("*").types), set(self.daemon.exposition().types))
        self.assertEqual(self.daemon.exposition("*").of("breakerd_info"), self.daemon.exposition().of("breakerd_info"))

    def test_the_daemon_sends_pages_of_a_list(self):
        self.daemon.ask(*(f"report many-{number} ok" for number in range(400)))
        rows, cursor, pages = [], "", 0
        while True:
            [head, *page] = self.daemon.ask("metrics many-*" + cursor)
            [count, *more] = head.split()
            self.assertEqual(count, f"*{len(page)}")
            self.assertLessEqual(len(page), 1000)
            self.assertTrue(all(row.startswith(" ") for row in page))
            rows += [row[1:] for row in page]
            pages += 1
            if not more:
                break
            self.assertTrue(more[0].startswith("cursor="))
            cursor = " " + more[0]
        self.assertGreater(pages, 3)
        # The page ends, no family begins anew on the next one, and nothing is told twice.
        shown = Exposition("".join(row + "\n" for row in rows))
        self.assertEqual(len(shown.of("breakerd_breaker_openings_total")), 400)
        self.assertEqual(len(shown.samples), 4000)
        self.assertEqual(len(self.daemon.exposition("many-*").samples), 4000)

    def test_a_file_holds_everything(self):
        self.daemon.live(self)
        file = Path(self.daemon.path("breakerd.prom"))
        told = self.daemon.metrics("--output", file)
        self.assertEqual((told.returncode, told.stdout, told.stderr), (0, "", ""))
        self.assert_documented(Exposition(file.read_text()), complete=True)

    def test_a_file_is_replaced_in_one_step(self):
        file = Path(self.daemon.path("out"), "breakerd.prom")
        file.parent.mkdir()
        file.write_text("of before\n")
        held = file.open()
        told = self.daemon.metrics("--output", file, umask=0o077)
        self.assertEqual((told.returncode, told.stdout, told.stderr), (0, "", ""))
        # Whoever has opened it still reads what was there, and whole.
        self.assertEqual(held.read(), "of before\n")
        held.close()
        self.assert_documented(Exposition(file.read_text()), complete=False)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o644)
        self.assertEqual(os.listdir(file.parent), ["breakerd.prom"])

    def test_a_daemon_that_is_gone_leaves_the_file_as_it_was(self):
        file = Path(self.daemon.path("breakerd.prom"))
        self.assertEqual(self.daemon.metrics("--output", file).returncode, 0)
        before = file.stat()
        self.daemon.end()
        told = self.daemon.metrics("--output", file)
        self.assertEqual(told.returncode, 69)
        self.assertTrue(told.stderr)
        self.assertEqual((file.stat().st_mtime_ns, file.stat().st_ino), (before.st_mtime_ns, before.st_ino))

    def test_a_daemon_that_hangs_leaves_the_file_as_it_was(self):
        file = Path(self.daemon.path("breakerd.prom"))
        self.assertEqual(self.daemon.metrics("--output", file).returncode, 0)
        before = file.stat()
        self.daemon.process.send_signal(19)
        self.addCleanup(self.daemon.process.send_signal, 18)
        told = self.daemon.metrics("--timeout", "200ms", "--output", file)
        self.assertNotEqual(told.returncode, 0)
        self.assertEqual((file.stat().st_mtime_ns, file.stat().st_ino), (before.st_mtime_ns, before.st_ino))

    def test_a_file_that_cannot_be_written_is_an_error(self):
        told = self.daemon.metrics("--output", self.daemon.path("nowhere/breakerd.prom"))
        self.assertNotEqual(told.returncode, 0)
        self.assertIn("nowhere", told.stderr)


@needs_daemon
class LimitTests(PageCase):
    def test_a_few_are_listed_and_all_that_are_not_closed(self):
        daemon = Daemon(self, daemon="daemon: {metrics_breakers: 5}")
        daemon.ask(*(f"report closed-{number} ok" for number in range(20)))
        daemon.ask(*(f"report open-{number} fail" for number in range(3) for _ in range(2)))
        shown = daemon.exposition()
        names = {sample.labels["name"] for sample in shown.of("breakerd_breaker_state")}
        self.assertLessEqual({f"open-{number}" for number in range(3)}, names)
        self.assertLessEqual(5, len(names))
        self.assertLessEqual(len(names), 10)
        self.assertEqual(shown.value("breakerd_breakers_unlisted"), 18)
        self.assertEqual(shown.value("breakerd_breakers", state="closed"), 20)
        self.assertEqual(shown.value("breakerd_breakers", state="open"), 3)
