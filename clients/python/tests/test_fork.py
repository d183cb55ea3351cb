"""A child of a fork goes on with its parent's client, and leaves to the parent what is the parent's."""

import os
import unittest

from batch_case import BatchCase


class ForkTests(BatchCase):
    def in_child(self, body):
        self.fork(body).join()

    def test_counts_and_permits_stay_the_parents(self):
        self.pass_time(1)
        self.succeed(5)
        self.server.answer = b"+TAG allow half-open 80.1 lease_ms=30000"
        probe = self.api_client.breaker("probed").permit()
        permit = self.api.permit()

        def child():
            nonlocal probe
            permit.ok()
            probe.fail()
            del probe
            self.api_client.flush()
            self.api_client.close()

        self.in_child(child)
        self.assertEqual(self.server.connections, 1)
        permit.ok()
        probe.ok()
        self.api_client.flush()
        self.assertEqual(
            sorted(self.take(2)), ["report api ok 77 n=6 quiet", "report probed ok 80.1 ms=0 quiet"])

    def test_the_child_has_a_connection_and_a_second_at_once_of_its_own(self):
        self.pass_time(1)
        self.succeed(5)

        def child():
            self.succeed(2)
            assert self.api_client.statistics.connections == 1
            assert self.api_client.statistics.reports_sent == 2

        self.in_child(child)
        self.assertEqual(self.take(2), ["report api ok 77 ms=0 quiet"] * 2)
        self.assertEqual(self.server.connections, 2)
        self.api_client.flush()
        self.assertEqual(self.take(1), ["report api ok 77 n=5 quiet"])

    def test_a_call_that_forks_is_the_parents(self):
        self.pass_time(1)
        self.succeed(5)

        def call():
            self.in_child(lambda: None)

        def forking():
            child = os.fork()
            if child:
                self.assertEqual(os.waitpid(child, 0)[1], 0)
            return child

        if self.api.call(forking) == 0:
            self.api_client.close()
            os._exit(0)
        self.api.call(call)
        self.api_client.flush()
        self.assertEqual(self.take(1), ["report api ok 77 n=7 quiet"])

    def test_children_of_children(self):
        def child():
            self.in_child(lambda: self.succeed())
            self.succeed()

        self.in_child(child)
        self.succeed()
        self.assertEqual(self.take(3), ["report api ok 77 ms=0 quiet"] * 3)
        self.assertEqual(self.server.connections, 3)

    def test_programs_that_are_run_inherit_no_descriptor(self):
        self.succeed()
        own = set(os.listdir("/proc/self/fd"))
        for number in own:
            try:
                target = os.readlink(f"/proc/self/fd/{number}")
            except FileNotFoundError:
                continue
            if "socket:" in target or self.directory in target:
                self.assertFalse(os.get_inheritable(int(number)), target)

    def test_a_closed_client_stays_closed(self):
        self.api_client.close()
        self.in_child(lambda: self.succeed())
        self.assertEqual(self.server.connections, 1)


if __name__ == "__main__":
    unittest.main()
