"""A real daemon, and clients that never pass for want of an answer."""

from unittest import mock

from support import Case, eventually
from daemon_process import Daemon, needs

import breakerd
from breakerd import _state

NEVER_TRIPS = ("--default", "trip.consecutive_failures=1000000")


@needs(Daemon.PROGRAM)
class DaemonCase(Case):
    OPTIONS = ()

    def setUp(self):
        super().setUp()
        self.daemon = Daemon(self, *self.OPTIONS)

    def batch_at_once(self):
        """Spares a test the second of a generation in which nothing is batched."""
        patch = mock.patch.object(_state, "_UNBATCHED", 0)
        patch.start()
        self.addCleanup(patch.stop)

    def breaker(self, name="api", **options):
        """A breaker that is never let pass because a daemon does not answer."""
        return self.client(self.daemon.socket, **{"on_unavailable": "deny", **options}).breaker(name)

    def fail_call(self, api, error=OSError):
        with self.assertRaises(error):
            api.call(self.raise_error, error)

    @staticmethod
    def raise_error(error):
        raise error

    def shows(self, name="api", **numbers):
        """Whether the daemon comes to show these numbers."""
        return eventually(lambda: all(self.daemon.show(name).get(key) == str(number) for key, number in numbers.items()))

    def assert_denied(self, api, *reasons):
        with self.assertRaises(breakerd.Denied) as caught:
            api.call(lambda: None)
        self.assertIn(caught.exception.reason, reasons)
        return caught.exception
