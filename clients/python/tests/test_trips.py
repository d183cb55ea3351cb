"""One trip stops all processes."""

import os
import subprocess
import sys
import unittest

from support import PACKAGES, Shared, eventually
from daemon_case import DaemonCase

import breakerd


class TripTests(DaemonCase):
    def test_a_trip_in_one_process_refuses_in_another_and_a_reset_lets_pass(self):
        api = self.breaker()
        api.call(lambda: None)
        api.call(lambda: None)
        program = (
            "import breakerd, sys\n"
            "with breakerd.Client(sys.argv[1], deadline=10) as client:\n"
            "    for _ in range(5): client.breaker('api').permit().fail('timeout')\n"
        )
        environment = {**os.environ, "PYTHONPATH": PACKAGES}
        subprocess.run([sys.executable, "-c", program, self.daemon.socket], env=environment, check=True)
        self.assertTrue(eventually(lambda: self.daemon.ask("state api").startswith("+ok open")))
        denied = self.assert_denied(api, "open")
        self.assertTrue(0 < denied.retry_after <= 5.5, denied)
        self.assertIn("err=timeout", self.daemon.ask("why api"))
        self.assertEqual(self.daemon.ask("reset api"), "+ok 1")
        api.call(lambda: None)

    def test_clients_are_listed_by_name(self):
        client = self.client(self.daemon.socket, name="web 3")
        client.breaker("api").permit().ignore()
        self.assertRegex(self.daemon.ask("clients"), f"client=python/{breakerd.__version__} .*name=web%203|"
                                                     f"name=web%203 .*client=python/{breakerd.__version__}")

    def test_a_probe_holds_its_permit_until_its_process_ends(self):
        self.daemon.ask("force api open")
        self.daemon.ask("release api")
        shared = Shared(2)

        def hold():
            permit = self.breaker().permit()
            shared[0] = 1
            eventually(lambda: shared[1])
            del permit

        holder = self.fork(hold)
        self.assertTrue(eventually(lambda: shared[0]))
        api = self.breaker()
        self.assert_denied(api, "half-open")
        holder.kill()
        probes = []

        def probe():
            try:
                probes.append(api.permit(lease=20))
            except breakerd.Denied:
                pass
            return probes

        self.assertTrue(eventually(probe))
        probes[0].ok()
        self.assertTrue(eventually(lambda: self.daemon.ask("state api") == "+ok closed"))


class AfterTheReplyTests(DaemonCase):
    OPTIONS = ("--default", "trip.consecutive_failures=1")
    TRIPS = int(os.environ.get("BREAKERD_TRIPS", "30"))

    def test_no_process_allows_after_the_reply_to_a_trip(self):
        self.batch_at_once()
        OVER, EPISODE, WRONG, LOOKS, ALLOWED = range(5)
        readers = 8
        shared = Shared(5 + 2 * readers)

        def read(reader):
            api = self.breaker()
            run = []
            while not shared[OVER]:
                # Odd: the trip has been answered.
                episode = shared[EPISODE]
                try:
                    api.call(run.append, None)
                except breakerd.Denied:
                    pass
                if run and episode % 2 and shared[EPISODE] == episode:
                    shared[WRONG] = 1
                shared[LOOKS + 2 * reader] += 1
                shared[ALLOWED + 2 * reader] += len(run)
                run.clear()

        children = [self.fork(lambda reader=reader: read(reader)) for reader in range(readers)]

        def all_go_on(counter, by=3):
            before = [shared[counter + 2 * reader] for reader in range(readers)]
            return eventually(lambda: all(shared[counter + 2 * reader] >= before[reader] + by for reader in range(readers)))

        self.daemon.ask("allow api")
        for trip in range(self.TRIPS):
            self.assertTrue(all_go_on(ALLOWED))
            self.assertTrue(self.daemon.ask("report api fail").startswith("+ok open"))
            shared[EPISODE] = 2 * trip + 1
            self.assertTrue(all_go_on(LOOKS))
            shared[EPISODE] = 2 * trip + 2
            self.daemon.ask("reset api")
        shared[OVER] = 1
        for child in children:
            child.join()
        self.assertEqual(shared[WRONG], 0)
        self.assertGreater(shared[LOOKS], 3 * self.TRIPS)


if __name__ == "__main__":
    unittest.main()
