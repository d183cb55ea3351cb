"""What a client tells of the calls that a board let pass, and when."""

import threading
import unittest

from support import CLOSED, FORCED_OPEN, HALF_OPEN, MILLISECOND, OPEN, SECOND, BoardFile, Case, Server

import breakerd


class BatchCase(Case):
    """A server with a board on which ``api`` is closed, and a client that has seen that for more than a second."""

    def setUp(self):
        super().setUp()
        self.now = self.clock()
        self.board = BoardFile(self.path("board"), self.now())
        self.board.put("api", CLOSED)
        self.server = Server(self, self.path("s"), board=self.path("board"))
        self.api_client = self.client(self.path("s"))
        self.api = self.api_client.breaker("api")
        # The first call asks, and learns where the board is; the second begins the generation.
        self.api.permit().ignore()
        self.api.permit().ignore()

    def pass_time(self, seconds):
        self.now.advance(seconds)
        self.board.beat(self.now())

    def succeed(self, times=1):
        for _ in range(times):
            self.api.call(lambda: None)

    def fail_call(self, error=OSError):
        with self.assertRaises(error):
            self.api.call(self.raise_error, error)

    @staticmethod
    def raise_error(error):
        raise error

    def take(self, count):
        """What was told, once there are so many lines, and forgets it."""
        told = self.server.wait_for(count)
        self.server.lines.clear()
        return told


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


class RefusalTests(BatchCase):
    def test_refusals_are_told_together(self):
        self.board.put("api", FORCED_OPEN)
        for _ in range(20):
            with self.assertRaises(breakerd.Denied) as caught:
                self.succeed()
            self.assertEqual((caught.exception.reason, caught.exception.retry_after), ("forced-open", None))
        self.pass_time(0.1)
        self.board.put("api", CLOSED)
        self.succeed()
        self.assertEqual(self.take(2), ["denied api n=20 quiet", "report api ok 77 ms=0 quiet"])
        self.assertEqual(self.api_client.statistics.denied_locally, 20)

    def test_an_open_breaker_says_when_to_ask_again(self):
        ticks = (self.now() + SECOND - self.board.base) // (10 * MILLISECOND)
        self.board.put("api", OPEN, retry=ticks)
        with self.assertRaises(breakerd.Denied) as caught:
            self.succeed()
        self.assertEqual((caught.exception.reason, caught.exception.retry_after), ("open", 1.0))
        self.pass_time(1)
        self.succeed()
        self.assertEqual(self.api_client.statistics.requests, 2)

    def test_after_a_batch_began_every_call_still_looks(self):
        self.pass_time(1)
        self.succeed(3)
        for state in (OPEN, HALF_OPEN, FORCED_OPEN):
            self.board.put("api", state)
            with self.assertRaises(breakerd.Denied):
                self.succeed()
            with self.assertRaises(breakerd.Denied):
                self.api(lambda: None)()
            with self.assertRaises(breakerd.Denied), self.api:
                pass
            self.board.put("api", CLOSED)
            self.succeed(3)


class BoardLossTests(BatchCase):
    """Calls that a board may not decide are asked about."""

    def asks(self):
        before = self.api_client.statistics.requests
        self.succeed()
        return self.api_client.statistics.requests > before

    def test_a_file_that_was_replaced_is_left_for_the_new_one(self):
        self.pass_time(1)
        self.succeed(3)
        self.assertFalse(self.asks())
        self.board.set_status(2)
        self.assertTrue(self.asks())
        new = BoardFile(self.path("board"), self.now(), slots=2048, seed=9)
        new.put("api", FORCED_OPEN)
        self.now.advance(1)
        new.beat(self.now())
        with self.assertRaises(breakerd.Denied):
            self.succeed()

    def test_a_stale_file_decides_nothing(self):
        self.pass_time(1)
        self.succeed(3)
        self.assertFalse(self.asks())
        self.now.advance(2.001)
        self.assertTrue(self.asks())
        # It is not even opened at each call.
        boards = self.api_client.statistics.boards
        self.assertTrue(self.asks() and self.asks())
        self.assertLessEqual(self.api_client.statistics.boards, boards + 1)

    def test_a_file_whose_daemon_stops_decides_nothing(self):
        self.pass_time(1)
        self.succeed(3)
        self.board.set_status(3)
        self.assertTrue(self.asks())

    def test_a_word_that_says_ask_is_obeyed(self):
        self.pass_time(1)
        self.succeed(3)
        for word in ({"state": CLOSED, "ask": True}, {"state": 0}, {"state": 9}):
            self.board.put("api", **word)
            self.assertTrue(self.asks())

    def test_a_name_without_a_slot_is_looked_for_once_a_second(self):
        looks = []
        other = self.api_client.breaker("other")
        find = type(self.api_client._board).find
        board = self.api_client._board

        class Counting:
            def find(_, name):
                looks.append(name)
                return find(board, name)

            def look(_, index):
                return board.look(index)

            def retry_after(_, look):
                return board.retry_after(look)

        self.api_client._board = Counting()
        for _ in range(10):
            other.permit().ignore()
        # Once before it was asked about, once after.
        self.assertEqual(len(looks), 2)
        self.board.put("other", FORCED_OPEN)
        self.pass_time(1)
        with self.assertRaises(breakerd.Denied):
            other.permit()

    def test_the_board_of_another_run_is_not_used(self):
        BoardFile(self.path("other"), self.now(), epoch=0xBAD).put("api", FORCED_OPEN)
        Server(self, self.path("s2"), board=self.path("other"))
        client = self.client(self.path("s2"))
        for _ in range(3):
            client.breaker("api").permit().ignore()
        self.assertEqual((client.statistics.requests, client.statistics.boards), (3, 0))

    def test_without_the_board_each_call_is_asked_about(self):
        client = self.client(self.path("s"), use_board=False)
        for _ in range(3):
            client.breaker("api").permit().ok()
        self.assertEqual((client.statistics.requests, client.statistics.boards), (3, 0))


if __name__ == "__main__":
    unittest.main()
