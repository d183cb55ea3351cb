"""Daemons that hang, die, or are started anew."""

import signal
import threading
import time
import unittest

from support import eventually
from daemon_case import NEVER_TRIPS, DaemonCase

import breakerd


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


if __name__ == "__main__":
    unittest.main()
