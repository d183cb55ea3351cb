"""Calls that a board refuses, and such as it may not decide."""

import unittest

from support import MILLISECOND, SECOND
from board_file import CLOSED, FORCED_OPEN, HALF_OPEN, OPEN, BoardFile
from scripted_server import Server
from batch_case import BatchCase

import breakerd


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
