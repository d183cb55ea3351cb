"""What a client tells of the calls that a board let pass, and when."""

import threading
import unittest

from board_file import CLOSED, FORCED_OPEN
from batch_case import BatchCase

import breakerd


class BatchTests(BatchCase):
    def test_outcomes_of_the_first_second_are_told_at_once(self):
        for _ in range(3):
            self.succeed()
            self.now.advance(0.3)
        self.assertEqual(self.take(3), ["report api ok 77 ms=0 quiet"] * 3)

    def test_successes_are_told_together_when_a_call_ends_after_the_interval(self):
        self.pass_time(1)
        self.succeed(100)
        self.pass_time(0.0985)
        self.succeed(100)
        self.assertEqual(self.server.told(), [])
        self.api.call(self.pass_time, 0.002)
        self.assertEqual(self.take(1), ["report api ok 77 n=201 quiet"])

    def test_successes_are_told_together_when_a_call_begins_after_the_interval(self):
        self.pass_time(1)
        self.succeed(100)
        self.pass_time(0.1005)
        told = []
        self.api.call(lambda: told.extend(self.take(1)))
        self.assertEqual(told, ["report api ok 77 n=100 age=101 quiet"])

    def test_a_call_of_another_breaker_tells_them_too(self):
        self.pass_time(1)
        self.succeed(5)
        self.pass_time(0.2)
        self.board.put("other", FORCED_OPEN)
        with self.assertRaises(breakerd.Denied):
            self.api_client.breaker("other").permit()
        self.assertEqual(self.take(1), ["report api ok 77 n=5 age=200 quiet"])

    def test_successes_are_told_before_a_failure_in_the_same_write(self):
        self.pass_time(1)
        writes = []
        sent = self.api_client._connection._send
        self.api_client._connection._send = lambda data: writes.append(data) or sent(data)
        self.succeed(7)
        self.now.advance(0.0105)
        self.fail_call(ConnectionError)
        self.assertEqual(
            self.take(2), ["report api ok 77 n=7 age=11 quiet", "report api fail 77 ms=0 err=ConnectionError quiet"])
        self.assertEqual(len(writes), 1)

    def test_a_success_is_told_as_if_it_had_ended_well_after_the_failure_that_it_followed(self):
        self.pass_time(1)
        self.fail_call()
        self.take(1)
        # How long after the failure it ends, how long after that it is told, and as how old. A busy daemon may have taken the
        # failure up 10 ms later than it was told.
        for gap, rest, age in ((0.0055, 0.0065, " age=2"), (0.0055, 0.002, ""), (0.0255, 0.003, " age=3")):
            self.now.advance(gap)
            self.succeed()
            self.now.advance(rest)
            self.fail_call()
            self.assertEqual(self.take(2)[0], f"report api ok 77 n=1{age} quiet")

    def test_rounding_never_puts_a_success_before_the_failure_that_it_followed(self):
        self.pass_time(1)
        for _ in range(2):
            self.now.advance(0.0002)
            self.succeed()
            self.now.advance(0.0002)
            self.fail_call()
        failed, ok = "report api fail 77 ms=0 err=OSError quiet", "report api ok 77 n=1{} quiet"
        # Nothing had failed before the first.
        self.assertEqual(self.take(4), [ok.format(" age=1"), failed, ok.format(""), failed])

    def test_a_slow_call_is_told_alone_behind_what_came_before_it(self):
        self.board.put("api", CLOSED, slow_ms=40)
        self.pass_time(1)
        self.succeed(3)
        self.api.call(self.now.advance, 0.0399)
        self.assertEqual(self.server.told(), [])
        self.api.call(self.now.advance, 0.04)
        self.assertEqual(self.take(2), ["report api ok 77 n=4 age=40 quiet", "report api ok 77 ms=40 quiet"])

    def test_another_generation_ends_the_batch_and_is_told_at_once(self):
        self.pass_time(1)
        self.succeed(3)
        self.board.put("api", CLOSED, generation=78)
        self.succeed()
        self.assertEqual(self.take(2), ["report api ok 77 n=3 quiet", "report api ok 78 ms=0 quiet"])

    def test_a_call_that_outlives_its_generation_bears_its_number(self):
        self.pass_time(1)
        permit = self.api.permit()
        self.board.put("api", CLOSED, generation=78)
        self.succeed()
        permit.ok()
        self.assertEqual(self.take(2), ["report api ok 78 ms=0 quiet", "report api ok 77 ms=0 quiet"])

    def test_more_than_a_million_are_told_in_parts(self):
        self.pass_time(1)
        self.succeed()
        steps = self.api._state._current.successes.steps
        for _ in range(1_000_001):
            next(steps)
        self.api_client.flush()
        self.assertEqual(
            self.take(2), ["report api ok 77 n=1000000 quiet",
                           "report api ok 77 n=2 quiet"])

    def test_closing_tells_what_was_counted(self):
        self.pass_time(1)
        self.succeed(9)
        self.api_client.close()
        self.assertEqual(self.take(1), ["report api ok 77 n=9 quiet"])
        self.succeed()
        self.assertEqual(self.api_client.statistics.reports_dropped, 1)

    def test_what_says_nothing_about_the_dependency_is_not_told(self):
        api = self.api_client.breaker("api", exclude=KeyError, is_failure=lambda error: str(error) != "mine")
        for error in (KeyError("x"), ValueError("mine"), KeyboardInterrupt()):
            with self.assertRaises(type(error)):
                api.call(self.raise_error, error)
        self.fail_call(ValueError)
        self.assertEqual(self.take(1), ["report api fail 77 ms=0 err=ValueError quiet"])

    def test_threads_lose_no_success(self):
        self.pass_time(1)
        threads = [threading.Thread(target=self.succeed, args=[2_000]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.api_client.flush()
        self.assertEqual(self.take(1), ["report api ok 77 n=16000 quiet"])

    def test_without_room_successes_of_the_first_second_are_counted_too(self):
        self.server.stop()
        for _ in range(2_000):
            self.succeed()
        self.assertEqual(self.api_client.statistics.reports_dropped, 0)
        self.assertLess(self.api_client.statistics.reports_waiting, 10)


if __name__ == "__main__":
    unittest.main()
