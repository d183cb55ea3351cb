"""Requests of HTTP libraries, to a real server, guarded by a real daemon."""

import asyncio
import importlib.util
import pickle
import unittest

from daemon_case import DaemonCase
from http_server import HTTPServer

import breakerd
from breakerd._http import host_name

HAS_REQUESTS = importlib.util.find_spec("requests") is not None
HAS_HTTPX = importlib.util.find_spec("httpx") is not None


class HostNameTests(unittest.TestCase):
    def test_names(self):
        client = breakerd.Client("/none", logger=None)
        for (scheme, host, port), name in {
            ("https", "API.example.com", None): "api.example.com",
            ("https", "api.example.com", 443): "api.example.com",
            ("http", "api.example.com", 443): "api.example.com:443",
            ("http", "127.0.0.1", 8080): "127.0.0.1:8080",
            ("http", "::1", 8080): "_::1_:8080",
            ("http", "fe80::1%eth0", None): "_fe80::1_eth0_",
            ("http", "-x", None): "_x",
            ("http", "", None): "_",
            ("https", "a" * 200, None): "a" * 100,
        }.items():
            with self.subTest(host):
                self.assertEqual(host_name(scheme, host, port), name)
                client.breaker(name)


class HTTPTests:
    """What all libraries have to show. ``library`` is the library, ``module`` ours."""

    OPTIONS = ("--default", "trip.consecutive_failures=3")

    def setUp(self):
        super().setUp()
        self.server = HTTPServer(self)

    def statuses(self, *paths, **options):
        """The status of each, or the class of the error."""
        return self.get([self.server.url(path) for path in paths], **options)

    def client_of_daemon(self):
        return self.client(self.daemon.socket, on_unavailable="deny")

    def test_each_host_has_a_breaker_and_5xx_are_failures(self):
        self.assertEqual(
            self.statuses("status/200", "status/404", "status/500", "status/599", "status/302", "status/429"),
            [200, 404, 500, 599, 302, 429])
        self.assertTrue(self.shows(self.server.host, ok=4, failed=2, ignored=0))

    def test_no_connection_and_no_answer_are_failures(self):
        self.assertEqual(self.statuses("drop", "status/200", "hang", timeout=0.5)[1], 200)
        self.assertTrue(self.shows(self.server.host, ok=1, failed=2))
        self.server.shutdown()
        self.server.server_close()
        self.statuses("status/200")
        self.assertTrue(self.shows(self.server.host, ok=1, failed=3))

    def test_a_trip_keeps_requests_from_the_host(self):
        self.statuses("status/503", "status/503", "status/503")
        self.assertTrue(self.shows(self.server.host, state="open"))
        before = len(self.server.paths)
        denied = self.raised(self.server.url("status/200"))
        self.assertIsInstance(denied, self.module.RequestDenied)
        self.assertIsInstance(denied, breakerd.Denied)
        self.assertIsInstance(denied, self.unreachable)
        self.assertEqual((denied.reason, denied.name, str(denied.request.url)), (
            "open", self.server.host, self.server.url("status/200")))
        self.assertGreater(denied.retry_after, 0)
        self.assertIn("is open", str(denied))
        self.assertEqual(len(self.server.paths), before)
        copy = pickle.loads(pickle.dumps(denied))
        self.assertEqual((type(copy), copy.reason, copy.retry_after, copy.name, str(copy)), (
            type(denied), denied.reason, denied.retry_after, denied.name, str(denied)))

    def test_names(self):
        self.assertEqual(self.statuses("status/200", name="payments"), [200])
        path = lambda request: None if "429" in str(request.url) else "p" + str(request.url).rpartition("/")[2]
        self.assertEqual(self.statuses("status/200", "status/429", "status/201", name=path), [200, 429, 201])
        self.assertTrue(self.shows("payments", ok=1) and self.shows("p200", ok=1) and self.shows("p201", ok=1))
        with self.assertRaises(breakerd.InvalidName):
            self.statuses("status/200", name="not a name")

    def test_the_program_says_what_is_a_failure(self):
        is_failure = lambda outcome: self.module.is_failure(outcome) or getattr(outcome, "status_code", 0) == 429
        self.statuses("status/429", "status/503", "status/200", is_failure=is_failure)
        self.assertTrue(self.shows(self.server.host, ok=1, failed=2))
        self.statuses("drop", "status/500", is_failure=lambda outcome: False, name="other")
        self.assertTrue(self.shows("other", ok=1, failed=0))

    def test_the_headers_are_the_end(self):
        # Whether the library complains of a body that breaks off depends on its version.
        self.assertEqual(len(self.statuses("cut")), 1)
        self.assertTrue(self.shows(self.server.host, ok=1, failed=0))

    def test_redirects_are_requests_of_their_own(self):
        self.assertEqual(self.statuses("redirect", follow=True), [200])
        self.assertTrue(self.shows(self.server.host, ok=2))


@unittest.skipUnless(HAS_REQUESTS, "requests is not installed")
class RequestsTests(HTTPTests, DaemonCase):
    def setUp(self):
        super().setUp()
        import requests
        import breakerd.requests

        self.library, self.module, self.unreachable = requests, breakerd.requests, requests.ConnectionError

    def session(self, **options):
        session = self.library.Session()
        self.addCleanup(session.close)
        session.trust_env = False
        session.mount("http://", self.module.BreakerAdapter(self.client_of_daemon(), **options))
        return session

    def get(self, urls, timeout=30, follow=False, **options):
        session = self.session(**options)
        results = []
        for url in urls:
            try:
                results.append(session.get(url, timeout=timeout, allow_redirects=follow).status_code)
            except self.library.RequestException as error:
                results.append(type(error))
        return results

    def raised(self, url):
        with self.assertRaises(self.library.RequestException) as caught:
            self.session().get(url)
        return caught.exception

    def test_options_of_the_adapter(self):
        self.assertEqual(self.module.BreakerAdapter(self.client_of_daemon(), max_retries=3).max_retries.total, 3)

    def test_a_request_that_cannot_be_made_does_not_count(self):
        for name in (None, "api"):
            with self.assertRaises(self.library.exceptions.InvalidURL):
                self.session(name=name).send(self.bad_request())
        self.session(name="api").get(self.server.url("status/200"))
        self.assertTrue(self.shows("api", ok=1, failed=0))

    def bad_request(self):
        request = self.library.Request("GET", self.server.url("")).prepare()
        request.url = "http://.x:99999/"
        return request


class HTTPXTests(HTTPTests):
    def setUp(self):
        super().setUp()
        import httpx
        import breakerd.httpx

        self.library, self.module, self.unreachable = httpx, breakerd.httpx, httpx.ConnectError

    def get(self, urls, timeout=30, follow=False, **options):
        outcomes = self.outcomes(urls, options, timeout=timeout, follow_redirects=follow)
        return [type(outcome) if isinstance(outcome, Exception) else outcome.status_code for outcome in outcomes]

    def raised(self, url):
        return self.outcomes([url], {}, timeout=30)[0]

    def test_what_is_the_programs_fault_does_not_count(self):
        for error in (self.library.UnsupportedProtocol, self.library.LocalProtocolError, self.library.PoolTimeout):
            self.assertFalse(self.module.is_failure(error("")))
        self.assertFalse(self.module.is_failure(ValueError()))


@unittest.skipUnless(HAS_HTTPX, "httpx is not installed")
class HTTPXClientTests(HTTPXTests, DaemonCase):
    def outcomes(self, urls, options, **client):
        outcomes = []
        transport = self.module.BreakerTransport(self.client_of_daemon(), **options)
        with self.library.Client(transport=transport, **client) as http:
            for url in urls:
                try:
                    outcomes.append(http.get(url))
                except self.library.HTTPError as error:
                    outcomes.append(error)
        return outcomes

    def test_it_wraps_any_transport(self):
        transport = self.library.MockTransport(lambda request: self.library.Response(503))
        self.assertEqual(self.statuses("x", transport=transport), [503])
        self.assertTrue(self.shows(self.server.host, failed=1))


@unittest.skipUnless(HAS_HTTPX, "httpx is not installed")
class HTTPXAsyncClientTests(HTTPXTests, DaemonCase):
    def outcomes(self, urls, options, **client):
        async def body():
            outcomes = []
            transport = self.module.AsyncBreakerTransport(self.client_of_daemon(), **options)
            async with self.library.AsyncClient(transport=transport, **client) as http:
                for url in urls:
                    try:
                        outcomes.append(await http.get(url))
                    except self.library.HTTPError as error:
                        outcomes.append(error)
            return outcomes

        return asyncio.run(body())

    def test_a_cancelled_request_does_not_count(self):
        async def body():
            transport = self.module.AsyncBreakerTransport(self.client_of_daemon())
            async with self.library.AsyncClient(transport=transport, timeout=60) as http:
                hanging = asyncio.ensure_future(http.get(self.server.url("hang")))
                while not self.server.paths:
                    await asyncio.sleep(0.001)
                hanging.cancel()
                with self.assertRaises(asyncio.CancelledError):
                    await hanging
                await http.get(self.server.url("status/200"))

        asyncio.run(body())
        self.assertTrue(self.shows(self.server.host, ok=1, failed=0))


if __name__ == "__main__":
    unittest.main()
