"""The examples, run as their first lines say, with a real daemon and a dependency that fails."""

import importlib.util
import sys
import unittest

from daemon_case import DaemonCase
from http_server import HTTPServer
from server_process import EXAMPLES, ServerProcess, gunicorn


def installed(*modules):
    return unittest.skipUnless(
        all(importlib.util.find_spec(module) for module in modules), f"needs {' and '.join(modules)}")


class ExampleTests(DaemonCase):
    OPTIONS = ("--default", "trip.consecutive_failures=3", "--default", "open.duration=60s")

    def start(self, *command):
        self.upstream = HTTPServer(self)
        return ServerProcess(
            self, command, EXAMPLES, BREAKERD_SOCKET=self.daemon.socket, PAYMENTS_URL=self.upstream.url("current"))

    def start_gunicorn(self, application):
        return self.start(*gunicorn(), "--preload", "--workers", "4", "--bind", "unix:SOCKET", application)

    def assert_guards(self, server):
        """One failing dependency, and what callers of the program hear of it."""
        self.assertEqual(server.get("/pay")[0], 200)
        self.upstream.status = 404
        for _ in range(4):
            self.assertEqual(server.get("/pay")[0], 502)
        self.assertTrue(self.shows("payments", failed=0, state="closed"))
        self.upstream.status = 503
        for _ in range(3):
            self.assertEqual(server.get("/pay")[0], 502)
        self.assertTrue(self.shows("payments", state="open"))
        self.assert_refuses(server, "/pay", "payments")

    def assert_refuses(self, server, path, name):
        asked = len(self.upstream.paths)
        for _ in range(20):
            status, headers, text = server.get(path)
            self.assertEqual(status, 503, server.log())
            self.assertTrue(0 < int(headers["Retry-After"]) <= 66, headers["Retry-After"])
            self.assertIn(f"breaker {name} is open", text)
        self.assertEqual(len(self.upstream.paths), asked)

    @installed("flask", "requests", "gunicorn")
    def test_flask(self):
        self.assert_guards(self.start_gunicorn("flask_app:app"))

    @installed("django", "gunicorn")
    def test_django(self):
        self.assert_guards(self.start_gunicorn("django_app:application"))

    @installed("fastapi", "httpx", "uvicorn")
    def test_fastapi(self):
        server = self.start(sys.executable, "-m", "uvicorn", "--uds", "SOCKET", "fastapi_app:app")
        self.assert_guards(server)
        self.assertEqual([server.get(f"/stock/{number}")[0] for number in (7, -1, -1, -1, 7)], [200, 404, 404, 404, 200])
        for _ in range(3):
            self.assertEqual(server.get("/stock/1001")[0], 500)
        self.assertTrue(self.shows("stock", state="open", ok=2, failed=3))
        self.assert_refuses(server, "/stock/7", "stock")


if __name__ == "__main__":
    unittest.main()
