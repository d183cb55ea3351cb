"""What a client is made with."""

import asyncio
import unittest
from pathlib import Path

from support import Case

import breakerd


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
            {"deadline": 0}, {"deadline": float("inf")}, {"deadline": -1}, {"deadline": float("nan")}, {"deadline": 1e300}, {"flush_interval": float("nan")},
            {"socket_path": "a\0b"}, {"socket_path": "\0a"}, {"flush_interval": -1}, {"flush_interval": 11},
            {"on_unavailable": "maybe"}, {"on_unavailable": None},
        ):
            with self.subTest(options), self.assertRaises(ValueError):
                breakerd.Client(**options)
        for failures, duration in ((0, 1), (1, 0), (1, -1), (1, float("inf")), (1, float("nan")), (1, 1e300),
                                   (float("nan"), 1), (float("inf"), 1)):
            with self.assertRaises(ValueError):
                breakerd.Local(failures, duration)

    def test_bad_leases_are_refused(self):
        api = self.client(self.path("none")).breaker("api")
        for lease in (0, -1, float("inf"), float("nan"), 1e300):
            with self.subTest(lease):
                with self.assertRaises(ValueError):
                    api.permit(lease)
                with self.assertRaises(ValueError):
                    asyncio.run(api.permit_async(lease))

    def test_paths_of_any_kind_are_taken(self):
        for path in (self.path("s"), Path(self.path("s")), "x" * 200, "\ud800"):
            with self.subTest(path):
                self.client(path).breaker("api").permit().ok()

    def test_what_runs_later_is_not_decorated(self):
        api = self.client(self.path("none")).breaker("api")

        def generator():
            yield

        async def asynchronous_generator():
            yield

        for function in (generator, asynchronous_generator):
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
