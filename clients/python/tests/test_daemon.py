"""The client and a real daemon: nothing is lost, nobody waits, all processes see the same."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

from support import SOURCES, Case, Daemon, Shared, eventually, needs

import breakerd
from breakerd import _state

NEVER_TRIPS = ("--default", "trip.consecutive_failures=1000000")


@needs(Daemon.PROGRAM)
class DaemonCase(Case):
    OPTIONS = ()

    def setUp(self):
        super().setUp()
        self.daemon = Daemon(self, *self.OPTIONS)

    def batch_at_once(self):
        """Spares a test the second of a generation in which nothing is batched."""
        patch = mock.patch.object(_state, "_UNBATCHED", 0)
        patch.start()
        self.addCleanup(patch.stop)

    def breaker(self, name="api", **options):
        """A breaker that is never let pass because a daemon does not answer."""
        return self.client(self.daemon.socket, **{"on_unavailable": "deny", **options}).breaker(name)

    def fail_call(self, api, error=OSError):
        with self.assertRaises(error):
            api.call(self.raise_error, error)

    @staticmethod
    def raise_error(error):
        raise error

    def shows(self, name="api", **numbers):
        """Whether the daemon comes to show these numbers."""
        return eventually(lambda: all(self.daemon.show(name).get(key) == str(number) for key, number in numbers.items()))

    def assert_denied(self, api, *reasons):
        with self.assertRaises(breakerd.Denied) as caught:
            api.call(lambda: None)
        self.assertIn(caught.exception.reason, reasons)
        return caught.exception


class TripTests(DaemonCase):
    def test_a_trip_in_one_process_refuses_in_another_and_a_reset_lets_pass(self):
        api = self.breaker()
        api.call(lambda: None)
        api.call(lambda: None)
        program = (
            "import breakerd, sys\n"
            "with breakerd.Client(sys.argv[1], deadline=10) as client:\n"
            "    for _ in range(5): client.breaker('api').permit().fail('timeout')\n"
        )
        subprocess.run([sys.executable, "-c", program, self.daemon.socket], env={**os.environ, "PYTHONPATH": SOURCES}, check=True)
        self.assertTrue(eventually(lambda: self.daemon.ask("state api").startswith("+ok open")))
        denied = self.assert_denied(api, "open")
        self.assertTrue(0 < denied.retry_after <= 5.5, denied)
        self.assertIn("err=timeout", self.daemon.ask("why api"))
        self.assertEqual(self.daemon.ask("reset api"), "+ok 1")
        api.call(lambda: None)

    def test_clients_are_listed_by_name(self):
        client = self.client(self.daemon.socket, name="web 3")
        client.breaker("api").permit().ignore()
        self.assertRegex(self.daemon.ask("clients"), f"client=python/{breakerd.__version__} .*name=web%203|"
                                                     f"name=web%203 .*client=python/{breakerd.__version__}")

    def test_a_probe_holds_its_permit_until_its_process_ends(self):
        self.daemon.ask("force api open")
        self.daemon.ask("release api")
        shared = Shared(2)

        def hold():
            permit = self.breaker().permit()
            shared[0] = 1
            eventually(lambda: shared[1])
            del permit

        holder = self.fork(hold)
        self.assertTrue(eventually(lambda: shared[0]))
        api = self.breaker()
        self.assert_denied(api, "half-open")
        holder.kill()
        probes = []

        def probe():
            try:
                probes.append(api.permit(lease=20))
            except breakerd.Denied:
                pass
            return probes

        self.assertTrue(eventually(probe))
        probes[0].ok()
        self.assertTrue(eventually(lambda: self.daemon.ask("state api") == "+ok closed"))


class CountTests(DaemonCase):
    OPTIONS = NEVER_TRIPS

    def test_counts_are_exact_after_the_end(self):
        for use_board in (True, False):
            name = f"board-{use_board}"
            with breakerd.Client(self.daemon.socket, deadline=10, use_board=use_board, logger=None) as client:
                api = client.breaker(name)
                for number in range(3_000):
                    if number % 50 == 49:
                        self.fail_call(api)
                    else:
                        api.call(lambda: None)
            self.assertTrue(self.shows(name, ok=2_940, failed=60, stale=0), self.daemon.show(name))
            self.assertEqual(client.statistics.reports_dropped, 0)
            if use_board:
                self.assertLess(client.statistics.requests, 20)

    def test_a_failure_is_never_counted_before_the_successes_that_preceded_it(self):
        self.batch_at_once()
        api = self.breaker(flush_interval=10)
        calls = 0
        for number in range(1, 51):
            for _ in range(40):
                api.call(lambda: None)
            calls += 40
            self.fail_call(api)
            # What a look shows is all that came before it on that connection, so no look may see the failure alone.
            show = {}
            self.assertTrue(eventually(lambda: show.update(self.daemon.show("api")) or show["failed"] == str(number)))
            self.assertEqual(int(show["ok"]), calls, show)

    def test_alternating_outcomes_are_no_failures_in_a_row(self):
        self.batch_at_once()
        api = self.breaker("short")
        self.daemon.ask("set short trip.consecutive_failures=5")
        for _ in range(300):
            self.fail_call(api)
            api.call(lambda: None)
        self.assertTrue(self.shows("short", failed=300))
        self.assertEqual(self.daemon.show("short")["opened"], "0")

    def test_slow_calls_are_told_at_once(self):
        self.batch_at_once()
        self.daemon.ask("set api trip.slow_call=20ms trip.slow_rate=100% trip.minimum_calls=1000000")
        api = self.breaker(flush_interval=10)
        for _ in range(3):
            api.call(lambda: None)
        api.call(time.sleep, 0.03)
        self.assertTrue(self.shows(slow=1, ok=4), self.daemon.show("api"))

    def test_refusals_are_counted(self):
        client = self.client(self.daemon.socket)
        api = client.breaker("api")
        api.permit().ignore()
        self.assertEqual(self.daemon.ask("force api open"), "+ok 1")
        for _ in range(100):
            self.assert_denied(api, "forced-open")
        client.flush()
        self.assertTrue(self.shows(refused=100), self.daemon.show("api"))
        self.assertEqual(client.statistics.requests, 1)

    def test_threads_lose_nothing(self):
        self.batch_at_once()
        client = self.client(self.daemon.socket)
        names = [f"name-{number}" for number in range(4)]

        def work(thread):
            for number in range(1_500):
                api = client.breaker(names[(thread + number) % 4])
                if number % 100 == 99:
                    self.fail_call(api)
                else:
                    api.call(lambda: None)

        threads = [threading.Thread(target=work, args=[thread]) for thread in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
        self.assertEqual(client.statistics.reports_dropped, 0)
        shows = [self.daemon.show(name) for name in names]
        self.assertEqual(sum(int(show["ok"]) for show in shows), 8 * 1_485)
        self.assertEqual(sum(int(show["failed"]) for show in shows), 8 * 15)

    def test_forked_workers_lose_nothing_and_tell_nothing_twice(self):
        self.batch_at_once()
        client = self.client(self.daemon.socket)
        api = client.breaker("api")
        for _ in range(500):
            api.call(lambda: None)

        def work():
            for _ in range(500):
                api.call(lambda: None)
            client.close()

        workers = [self.fork(work) for _ in range(4)]
        for worker in workers:
            worker.join()
        for _ in range(500):
            api.call(lambda: None)
        client.close()
        self.assertTrue(self.shows(ok=3_000, stale=0), self.daemon.show("api"))

    def test_very_many_breakers_are_all_told(self):
        self.batch_at_once()
        client = self.client(self.daemon.socket)
        breakers = [client.breaker(f"name-{number}") for number in range(3_000)]
        for _ in range(2):
            for each in breakers:
                each.call(lambda: None)
        client.close()
        self.assertEqual(client.statistics.reports_dropped, 0)
        for number in range(0, 3_000, 100):
            self.assertEqual(self.daemon.show(f"name-{number}")["ok"], "2")

    def test_a_board_that_grows_is_followed(self):
        api = self.breaker()
        api.call(lambda: None)
        api.call(lambda: None)
        client = self.client(self.daemon.socket, use_board=False)
        for number in range(1_500):
            client.breaker(f"name-{number}").permit().ignore()
        self.assertTrue(eventually(lambda: "board_replaced=0" not in self.daemon.ask("stats")))
        self.assertEqual(self.daemon.ask("force api open"), "+ok 1")
        self.assert_denied(api, "forced-open")
        self.daemon.ask("reset api")
        own = api._state._client
        self.assertTrue(eventually(lambda: api.call(lambda: None) or own.statistics.boards == 2))
        requests = own.statistics.requests
        for _ in range(100):
            api.call(lambda: None)
        self.assertEqual(own.statistics.requests, requests)


class FailureTests(DaemonCase):
    OPTIONS = NEVER_TRIPS

    def test_a_daemon_that_hangs_costs_no_call_much_more_than_the_deadline(self):
        # The board is trusted for two seconds.
        for use_board, seconds in ((True, 2.7), (False, 1)):
            client = self.client(self.daemon.socket, deadline=0.05, use_board=use_board)
            api = client.breaker("api")
            self.assertTrue(eventually(lambda: self.answers(client)))
            self.daemon.signal(signal.SIGSTOP)
            longest, calls, end = 0, 0, time.monotonic() + seconds
            while time.monotonic() < end:
                begin = time.monotonic()
                permit = api.permit()
                permit.fail() if calls % 10 == 9 else permit.ok()
                longest = max(longest, time.monotonic() - begin)
                calls += 1
            self.daemon.signal(signal.SIGCONT)
            # A busy machine takes turns away.
            self.assertLess(longest, 1.5)
            self.assertGreater(client.statistics.timeouts, 1)
            self.assertLess(client.statistics.timeouts, 20)
            self.assertGreater(calls, 100)
            self.assertTrue(eventually(lambda: self.answers(client)))
            client.close()

    @staticmethod
    def answers(client):
        before = client.statistics
        client.breaker("api").permit().ok()
        after = client.statistics
        return after.unavailable == before.unavailable

    def test_a_daemon_that_is_killed_and_started_again_is_asked_again(self):
        api = self.breaker(on_unavailable="allow")
        client = api._state._client
        for _ in range(5):
            api.call(lambda: None)
        self.daemon.kill()
        api.permit().ok()
        self.assertTrue(eventually(lambda: api.permit().ok() or client.statistics.unavailable > 0))
        self.daemon.start()
        self.assertTrue(eventually(lambda: self.answers(client)))
        for _ in range(100):
            api.call(lambda: None)
        self.assertEqual((client.statistics.connections, client.statistics.boards), (2, 2))
        self.assertEqual(self.daemon.ask("force api open"), "+ok 1")
        self.assert_denied(api, "forced-open")

    def test_a_daemon_that_is_killed_is_trusted_for_two_seconds_at_most(self):
        api = self.breaker()
        for _ in range(5):
            api.call(lambda: None)
        self.daemon.kill()
        killed = time.monotonic()
        refused = []

        def is_refused():
            before = time.monotonic()
            try:
                api.call(lambda: None)
            except breakerd.Denied:
                refused.append(before)
            else:
                self.assertLess(before - killed, 2.001)
            return refused

        self.assertTrue(eventually(is_refused))

    def test_a_restart_costs_no_unguarded_call(self):
        for stop in (self.daemon.stop, self.daemon.kill):
            api = self.breaker()
            api.call(lambda: None)
            api.call(lambda: None)
            stop()
            self.daemon.start()
            api.call(lambda: None)
            self.fail_call(api)
            api.call(lambda: None)
            self.assertEqual(api._state._client.statistics.unavailable, 0)

    def test_workers_that_hang_at_once_trip_by_the_first_failures(self):
        self.batch_at_once()
        self.daemon.ask("set api trip.consecutive_failures=5")
        started = threading.Barrier(24)
        hang = threading.Event()
        waiting = threading.Semaphore(0)

        def work():
            api = self.breaker()
            started.wait()
            end = time.monotonic() + 0.5
            while time.monotonic() < end:
                api.call(lambda: None)
            waiting_call = api.permit()
            waiting.release()
            hang.wait()
            waiting_call.fail("timeout")

        threads = [threading.Thread(target=work) for _ in range(24)]
        for thread in threads:
            thread.start()
        for _ in threads:
            waiting.acquire()
        hang.set()
        for thread in threads:
            thread.join()
        self.assertTrue(self.shows(opened=1), self.daemon.show("api"))
        show = self.daemon.show("api")
        self.assertLessEqual(int(show["failed"]), 6, show)


class AfterTheReplyTests(DaemonCase):
    OPTIONS = ("--default", "trip.consecutive_failures=1")
    TRIPS = int(os.environ.get("BREAKERD_TRIPS", "100"))

    def test_no_process_allows_after_the_reply_to_a_trip(self):
        self.batch_at_once()
        OVER, EPISODE, WRONG, LOOKS, ALLOWED = range(5)
        readers = 2
        shared = Shared(5 + 2 * readers)

        def read(reader):
            api = self.breaker()
            run = []
            while not shared[OVER]:
                # Odd: the trip has been answered.
                episode = shared[EPISODE]
                try:
                    api.call(run.append, None)
                except breakerd.Denied:
                    pass
                if run and episode % 2 and shared[EPISODE] == episode:
                    shared[WRONG] = 1
                shared[LOOKS + 2 * reader] += 1
                shared[ALLOWED + 2 * reader] += len(run)
                run.clear()

        children = [self.fork(lambda reader=reader: read(reader)) for reader in range(readers)]

        def all_go_on(counter, by=3):
            before = [shared[counter + 2 * reader] for reader in range(readers)]
            return eventually(lambda: all(shared[counter + 2 * reader] >= before[reader] + by for reader in range(readers)))

        self.daemon.ask("allow api")
        for trip in range(self.TRIPS):
            self.assertTrue(all_go_on(ALLOWED))
            self.assertTrue(self.daemon.ask("report api fail").startswith("+ok open"))
            shared[EPISODE] = 2 * trip + 1
            self.assertTrue(all_go_on(LOOKS))
            shared[EPISODE] = 2 * trip + 2
            self.daemon.ask("reset api")
        shared[OVER] = 1
        for child in children:
            child.join()
        self.assertEqual(shared[WRONG], 0)
        self.assertGreater(shared[LOOKS], 3 * self.TRIPS)


if __name__ == "__main__":
    unittest.main()
