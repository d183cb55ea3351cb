"""Tasks of asyncio: what a call is to them, and what its end tells."""

import asyncio
import functools
import inspect
import unittest

from batch_case import BatchCase
from board_file import CLOSED, FORCED_OPEN
import breakerd


async def answer(value=7):
    await asyncio.sleep(0)
    return value


async def fail(error=OSError):
    await asyncio.sleep(0)
    raise error


class Coroutine:
    async def __call__(self):
        return await answer()


class CallTests(BatchCase):
    """A board decides, and the loop has nothing to wait for."""

    def guards(self):
        """A call of a coroutine function, by each way to guard one."""
        async def by_statement(fn):
            async with self.api:
                return await fn()

        async def by_permit(fn):
            permit = await self.api.permit_async()
            try:
                result = await fn()
            except BaseException as error:
                permit.settle(error)
                raise
            permit.ok()
            return result

        return self.api.call_async, lambda fn: self.api(fn)(), by_statement, by_permit

    def test_results_and_errors_come_out_unchanged(self):
        self.pass_time(1)
        error = KeyError("x")
        for guard in self.guards():
            with self.subTest(guard):
                self.assertEqual(asyncio.run(guard(answer)), 7)
                with self.assertRaises(KeyError) as caught:
                    asyncio.run(guard(functools.partial(fail, error)))
                self.assertIs(caught.exception, error)

    def test_successes_are_told_together_and_failures_at_once(self):
        self.pass_time(1)

        async def body(guard):
            for _ in range(20):
                await guard(answer)
            with self.assertRaises(OSError):
                await guard(fail)

        for guard in self.guards():
            with self.subTest(guard):
                asyncio.run(body(guard))
                self.assertEqual(self.take(2), ["report api ok 77 n=20 quiet", "report api fail 77 ms=0 err=OSError quiet"])

    def test_a_cancelled_call_does_not_count(self):
        self.pass_time(1)

        async def body(guard):
            call = asyncio.ensure_future(guard(functools.partial(asyncio.sleep, 1_000)))
            await asyncio.sleep(0.01)
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call
            await guard(answer)

        for guard in self.guards():
            with self.subTest(guard):
                asyncio.run(body(guard))
                self.api_client.flush()
                self.assertEqual(self.take(1), ["report api ok 77 n=1 quiet"])

    def test_a_refused_call_is_not_made(self):
        self.board.put("api", FORCED_OPEN)
        for guard in self.guards():
            with self.subTest(guard), self.assertRaises(breakerd.Denied) as caught:
                asyncio.run(guard(functools.partial(fail, AssertionError)))
            self.assertEqual(caught.exception.reason, "forced-open")

    def test_a_call_is_decided_when_it_runs(self):
        self.pass_time(1)
        for make in (lambda: self.api(answer)(), lambda: self.api.call_async(answer)):
            early = make()
            self.board.put("api", FORCED_OPEN)
            with self.assertRaises(breakerd.Denied):
                asyncio.run(early)
            early = make()
            self.board.put("api", CLOSED)
            self.assertEqual(asyncio.run(early), 7)
            make().close()
        self.api_client.flush()
        self.assertEqual(self.take(2), ["report api ok 77 n=2 quiet", "denied api n=2 quiet"])

    def test_arguments_and_what_may_be_decorated(self):
        self.pass_time(1)

        @self.api
        async def documented(a, *, b):
            """Says so."""
            return await answer((a, b))

        self.assertTrue(inspect.iscoroutinefunction(documented))
        self.assertEqual((documented.__name__, documented.__doc__), ("documented", "Says so."))
        self.assertEqual(asyncio.run(documented(1, b=2)), (1, 2))
        self.assertEqual(asyncio.run(self.api.call_async(documented.__wrapped__, 3, b=4)), (3, 4))
        self.assertEqual(asyncio.run(self.api(functools.partial(documented, 5))(b=6)), (5, 6))
        self.assertEqual(asyncio.run(self.api(Coroutine())()), 7)

    def test_statements_of_tasks_do_not_mix(self):
        self.pass_time(1)

        async def first(may_fail):
            async with self.api:
                await may_fail.wait()
                raise OSError

        async def second():
            async with self.api:
                await asyncio.sleep(0.01)

        async def body():
            may_fail = asyncio.Event()
            one = asyncio.ensure_future(first(may_fail))
            await asyncio.sleep(0.01)
            self.pass_time(0.05)
            other = asyncio.ensure_future(second())
            await asyncio.sleep(0.01)
            may_fail.set()
            await asyncio.gather(one, other, return_exceptions=True)

        asyncio.run(body())
        self.api_client.flush()
        self.assertEqual(self.take(2), ["report api ok 77 n=1 quiet", "report api fail 77 ms=50 err=OSError quiet"])

    def test_a_loop_that_is_not_asyncios_has_to_wait(self):
        for made in (self.api.permit_async(), self.api_client.breaker("other").permit_async()):
            with self.assertRaises(StopIteration) as returned:
                made.send(None)
            returned.exception.value.ignore()


if __name__ == "__main__":
    unittest.main()
