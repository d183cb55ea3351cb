"""The ways programs have many workers: gunicorn, multiprocessing, threads. What all of them did is told, no more and no less,
and what one of them learns stops all."""

import multiprocessing
import threading
import time
import unittest

from daemon_case import DaemonCase
from server_process import HERE, ServerProcess, gunicorn

import breakerd

WORKERS = 4


def nothing():
    pass


def work_and_close(api, calls):
    for _ in range(calls):
        api.call(nothing)
    api._state._client.close()


def work_anew(socket, calls):
    """For processes that inherit nothing."""
    client = breakerd.Client(socket, deadline=10, on_unavailable="deny")
    work_and_close(client.breaker("api"), calls)


class GunicornTests(DaemonCase):
    OPTIONS = ("--default", "trip.consecutive_failures=3", "--default", "open.duration=60s")

    def serve(self, *options):
        return ServerProcess(
            self, [*gunicorn(), "--preload", "--workers", str(WORKERS), "--bind", "unix:SOCKET", *options,
                   "worker_app:application"], HERE, BREAKERD_SOCKET=self.daemon.socket)

    def workers_that_answer(self, server):
        """Asks until each worker has answered; how often that was, and who they are."""
        workers, count, end = set(), 0, time.monotonic() + 60
        while len(workers) < WORKERS and time.monotonic() < end:
            status, _, text = server.get("/")
            self.assertEqual(status, 200, server.log())
            workers.add(text)
            count += 1
        self.assertEqual(len(workers), WORKERS)
        return count

    @unittest.skipUnless(gunicorn(), "gunicorn is not installed")
    def test_preloaded_workers_share_a_breaker(self):
        for options in ((), ("--threads", "4")):
            with self.subTest(options):
                before = int(self.daemon.show("api").get("ok", 0))
                server = self.serve(*options)
                count = self.workers_that_answer(server)
                server.stop()
                # One is the call of the parent.
                self.assertTrue(self.shows(ok=before + 1 + count))

    @unittest.skipUnless(gunicorn(), "gunicorn is not installed")
    def test_failures_of_some_stop_all(self):
        server = self.serve()
        self.workers_that_answer(server)
        for _ in range(3):
            self.assertEqual(server.get("/fail")[0], 502)
        self.assertTrue(self.shows(state="open", failed=3))
        for _ in range(20):
            self.assertEqual(server.get("/")[::2], (503, "open"))


class ProcessTests(DaemonCase):
    def test_forked_processes_go_on_with_their_parents_client(self):
        self.run_processes("fork", work_and_close, self.breaker(), parent=True)

    def test_spawned_processes_have_clients_of_their_own(self):
        self.run_processes("spawn", work_anew, self.daemon.socket)

    def run_processes(self, method, work, argument, parent=False):
        if parent:
            argument.call(nothing)
        context = multiprocessing.get_context(method)
        processes = [context.Process(target=work, args=(argument, 100)) for _ in range(WORKERS)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
            self.assertEqual(process.exitcode, 0)
        self.assertTrue(self.shows(ok=WORKERS * 100 + parent))


class ThreadTests(DaemonCase):
    def test_threads_share_a_client(self):
        api = self.breaker()

        def work():
            for _ in range(500):
                api.call(nothing)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        api._state._client.close()
        self.assertTrue(self.shows(ok=4_000))


if __name__ == "__main__":
    unittest.main()
