"""While a daemon is there, nothing is lost and nothing told twice."""

import threading
import time
import unittest

from support import eventually
from daemon_case import NEVER_TRIPS, DaemonCase

import breakerd


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


if __name__ == "__main__":
    unittest.main()
