"""Tasks of asyncio that must ask the daemon: the loop goes on meanwhile, and nothing is lost when a task does not wait."""

import asyncio
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from support import MILLISECOND, PACKAGES, SECOND, eventually
from daemon_case import DaemonCase
from scripted_server import Server
from socket_case import SocketCase

import breakerd


class AskingTests(SocketCase):
    """A server answers when it is told to."""

    def setUp(self):
        super().setUp()
        self.may_answer = threading.Event()
        self.addCleanup(self.may_answer.set)
        test = self

        class Waiting(Server):
            @property
            def answer(self):
                test.may_answer.wait(20)
                return b"+TAG allow half-open 80.1 lease_ms=30000"

            @answer.setter
            def answer(self, _):
                pass

        self.server = Waiting(self, self.socket)

    async def asked(self, count=1):
        """Waits until the server was asked so often."""
        while sum(" allow " in line for line in self.server.lines) < count:
            await asyncio.sleep(0.001)

    def test_the_loop_goes_on_while_a_task_asks(self):
        api = self.denying().breaker("api")

        async def body():
            asking = asyncio.ensure_future(api.permit_async(lease=2))
            await self.asked()
            self.may_answer.set()
            (await asking).ok()

        asyncio.run(body())
        self.assertEqual(self.server.wait_for(1)[0].partition(" ms=")[0], "report api ok 80.1")
        self.assertTrue(self.server.lines[1].endswith(" allow api lease=2000ms"))

    def test_a_permit_that_comes_after_a_cancellation_is_given_back(self):
        api = self.denying().breaker("api")

        async def body(guard):
            asking = asyncio.ensure_future(guard())
            await self.asked()
            asking.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await asking
            self.may_answer.set()

        async def statement():
            async with api:
                self.fail("it was not let in")

        for guard in (api.permit_async, statement, lambda: api.call_async(asyncio.sleep, 0)):
            with self.subTest(guard):
                self.may_answer.clear()
                self.server.lines.clear()
                asyncio.run(body(guard))
                self.assertEqual(self.server.wait_for(1), ["report api ignore 80.1 quiet"])

    def test_so_is_one_that_comes_in_the_turn_of_the_cancellation(self):
        client = self.denying()
        cancelled = []

        async def body():
            cancelled.append(asyncio.ensure_future(client.breaker("api").permit_async()))
            await self.asked()
            self.may_answer.set()
            # The loop stands still meanwhile.
            self.assertTrue(eventually(lambda: client._asker._under_way == 0))
            time.sleep(0.05)
            cancelled[0].cancel()
            await asyncio.sleep(0.01)
            self.assertTrue(cancelled[0].cancelled())

        asyncio.run(body())
        self.assertEqual(self.server.wait_for(1), ["report api ignore 80.1 quiet"])

    def test_a_task_that_is_cancelled_before_its_turn_asks_nothing(self):
        api = self.denying().breaker("api")

        async def body():
            first = asyncio.ensure_future(api.permit_async())
            await self.asked()
            second = asyncio.ensure_future(api.permit_async())
            await asyncio.sleep(0.01)
            second.cancel()
            third = asyncio.ensure_future(api.permit_async())
            await asyncio.sleep(0)
            self.may_answer.set()
            (await first).ignore()
            (await third).ignore()

        asyncio.run(body())
        self.server.wait_for(2)
        self.assertEqual(sum(" allow " in line for line in self.server.lines), 2)

    def test_what_waits_is_asked_together(self):
        client = self.denying()
        tasks = 20
        asked, held = [], []

        def answer(server):
            # The first when it may, the others when all of them have asked.
            asked.append(server.lines[-1].split()[0])
            if len(asked) == 1:
                self.may_answer.wait(20)
                return b"+TAG allow closed 77"
            held.append(b"+%s allow closed 77" % asked[-1].encode())
            return b"\n".join(held) + b"\n" if len(held) == tasks else None

        async def body():
            calls = [asyncio.ensure_future(client.breaker("api").permit_async())]
            await self.asked()
            calls += [asyncio.ensure_future(client.breaker("api").permit_async()) for _ in range(tasks)]
            await asyncio.sleep(0)
            self.may_answer.set()
            return await asyncio.gather(*calls)

        with mock.patch.object(type(self.server), "answer", property(answer)):
            for permit in asyncio.run(body()):
                permit.ignore()
        self.assertEqual((client.statistics.requests, client.statistics.connections), (tasks + 1, 1))

    def test_a_late_reply_is_dropped_and_its_permit_given_back(self):
        client = self.denying()
        api = client.breaker("api")

        async def body():
            first = asyncio.ensure_future(api.permit_async())
            await self.asked()
            client._connection.deadline = 300 * MILLISECOND
            late = asyncio.ensure_future(api.permit_async())
            await asyncio.sleep(0)
            client._connection.deadline = 10 * SECOND
            last = asyncio.ensure_future(api.permit_async())
            await asyncio.sleep(0)
            answered.release()
            (await first).ok()
            with self.assertRaises(breakerd.Denied) as denied:
                await late
            self.assertEqual(denied.exception.__cause__.reason, "timed-out")
            answered.release(2)
            (await last).ok()

        answered = threading.Semaphore(0)

        def answer(server):
            answered.acquire(timeout=20)
            return b"+TAG allow half-open 80.1 lease_ms=30000"

        with mock.patch.object(type(self.server), "answer", property(answer)):
            asyncio.run(body())
            told = self.server.wait_for(3)
        self.assertEqual([line.split()[2] for line in told], ["ok", "ignore", "ok"])
        statistics = client.statistics
        self.assertEqual((statistics.timeouts, statistics.unavailable, statistics.connections), (1, 1, 1))

    def test_a_cancelled_call_gives_its_permit_back(self):
        self.may_answer.set()
        api = self.denying().breaker("api")

        async def body():
            running = asyncio.Event()

            async def work():
                running.set()
                await asyncio.sleep(1_000)

            call = asyncio.ensure_future(api.call_async(work))
            await running.wait()
            call.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await call

        asyncio.run(body())
        self.assertEqual(self.server.wait_for(1), ["report api ignore 80.1 quiet"])

    def test_a_loop_that_ends_first_gives_its_permit_back(self):
        api = self.denying().breaker("api")

        async def body():
            asyncio.ensure_future(api.permit_async())
            await self.asked()

        asyncio.run(body())
        self.may_answer.set()
        self.assertEqual(self.server.wait_for(1), ["report api ignore 80.1 quiet"])


class DeadlineTests(SocketCase):
    def ask_at_once(self, client, count):
        """What so many tasks are told that ask at once."""
        api = client.breaker("api")

        async def ask():
            try:
                (await api.permit_async()).ignore()
            except breakerd.Denied as denied:
                return denied.__cause__.reason
            return None

        async def body():
            # Much more than the deadline of one, much less than that of all.
            return await asyncio.wait_for(asyncio.gather(*[ask() for _ in range(count)]), 50)

        return asyncio.run(body())

    def assert_counted(self, client, count):
        # The thread may count a little later.
        statistics = lambda: (client.statistics.requests, client.statistics.unavailable)
        self.assertTrue(eventually(lambda: statistics() == (count, count)), statistics())

    def test_many_tasks_wait_for_one_deadline_together(self):
        Server(self, self.socket, answer=None)
        client = self.denying(deadline=0.5)
        reasons = self.ask_at_once(client, 500)
        # All of them went together, or some came too late for that.
        self.assertIn(set(reasons), ({"timed-out"}, {"busy", "timed-out"}))
        self.assert_counted(client, 500)

    def test_more_than_may_wait_are_refused_at_once(self):
        Server(self, self.socket, answer=None)
        client = self.denying(deadline=1)
        reasons = self.ask_at_once(client, 3_000)
        self.assertEqual(set(reasons), {"busy", "timed-out"})
        self.assert_counted(client, 3_000)

    def test_while_there_is_no_daemon_nobody_waits_for_the_thread(self):
        client = self.denying()
        self.assertEqual(set(self.ask_at_once(client, 1)), {"not-running"})
        client._connection._retry_at = float("inf")
        with mock.patch.object(ThreadPoolExecutor, "submit", side_effect=AssertionError("the thread was needed")):
            self.assertEqual(set(self.ask_at_once(client, 100)), {"not-running"})

    def test_a_log_that_hangs_is_not_waited_for(self):
        released = threading.Event()
        self.addCleanup(released.set)
        emit = self.log.emit
        self.log.logger.handlers[0].emit = lambda record: released.wait(60) and emit(record)
        client = self.denying(deadline=2)
        self.assertEqual(self.ask_at_once(client, 1), ["timed-out"])
        released.set()

    def test_a_closed_client(self):
        client = self.denying()
        client.close()
        self.assertEqual(self.ask_at_once(client, 3), ["closed"] * 3)


class DaemonTests(DaemonCase):
    OPTIONS = ("--default", "trip.consecutive_failures=3")

    async def ask(self, api, calls=1):
        for _ in range(calls):
            self.assertEqual(await api.call_async(asyncio.sleep, 0, 7), 7)

    async def ask_together(self, api, tasks, calls=1):
        await asyncio.gather(*[self.ask(api, calls) for _ in range(tasks)])

    def test_many_tasks(self):
        api = self.breaker(use_board=False)
        asyncio.run(self.ask_together(api, 500))
        statistics = api._state._client.statistics
        self.assertEqual((statistics.requests, statistics.unavailable), (500, 0))
        self.assertTrue(self.shows(ok=500))

    def test_loops_of_several_threads(self):
        api = self.breaker(use_board=False)
        errors = []

        def thread():
            try:
                asyncio.run(self.ask_together(api, 10, 5))
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=thread) for _ in range(4)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        self.assertEqual(errors, [])
        self.assertTrue(self.shows(ok=200))

    def test_a_trip_stops_tasks(self):
        api = self.breaker()

        async def body():
            async def fails():
                raise OSError

            for _ in range(3):
                with self.assertRaises(OSError):
                    await api.call_async(fails)
            while True:
                try:
                    async with api:
                        await asyncio.sleep(0.001)
                except breakerd.Denied as denied:
                    return denied

        denied = asyncio.run(asyncio.wait_for(body(), 20))
        self.assertEqual(denied.reason, "open")
        self.assertGreater(denied.retry_after, 0)

    def test_after_a_fork(self):
        api = self.breaker(use_board=False)
        asyncio.run(self.ask_together(api, 5))
        self.fork(lambda: asyncio.run(self.ask_together(api, 5))).join()

        async def forking():
            await self.ask(api)
            child = self.fork(lambda: 0)
            await self.ask(api)
            return child

        asyncio.run(forking()).join()
        self.assertTrue(self.shows(ok=12))

    def test_another_loop(self):
        try:
            import uvloop
        except ImportError:
            self.skipTest("uvloop is not installed")
        api = self.breaker(use_board=False)
        loop = uvloop.new_event_loop()
        try:
            loop.run_until_complete(self.ask_together(api, 50))
        finally:
            loop.close()
        self.assertTrue(self.shows(ok=50))

    def test_programs_load_no_library_that_they_do_not_use(self):
        program = (
            "import sys, breakerd\n"
            "breakerd.Client(sys.argv[1]).breaker('api').call(int)\n"
            "sys.exit(any(name in sys.modules for name in ('asyncio', 'requests', 'httpx')))")
        done = subprocess.run(
            [sys.executable, "-c", program, self.daemon.socket], env={"PYTHONPATH": PACKAGES}, timeout=60)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
