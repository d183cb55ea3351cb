"""The life of a package: upgraded under load, removed, purged, installed again."""

import re
import time

from bench import RULES, RULES_OF_LOAD
from service import SOCKETS, UNIT

# Records of the package manager and of the machine itself, which every package leaves.
NOT_OURS = re.compile(r"^/(var/lib/(dpkg|breakerd-test)|var/log|var/cache|var/tmp|run/(log|systemd|dbus|lock)|"
                      r"etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$|etc/\.pwd\.lock|usr/local/lib/breakerd-test)")


def upgrade(bench):
    """From an older package, under load: nobody is refused, nothing is lost, and the new program runs."""
    with bench.older_package() as older, bench.installed(older, RULES_OF_LOAD) as service:
        version, pid = _version(service), service.main_pid()
        with bench.load(service) as figures:
            time.sleep(2)
            begun = time.monotonic()
            service.install(bench.options.deb)
            took = time.monotonic() - begun
            service.wait_until_up()
            time.sleep(1)
        bench.note("upgrade", f"{took:.1f} s", f"{version} to {_version(service)}")
        bench.assertNotEqual(_version(service), version)
        bench.assertNotEqual(service.main_pid(), pid, "the old program still runs")
        bench.assertEqual(service.machine.read(RULES), RULES_OF_LOAD)
        bench.assertTrue(all(service.is_active(unit) for unit in (UNIT, *SOCKETS)))
        bench.check_load(figures, bench.check_ledger(service))


def remove(bench):
    """Removed, it runs no more and keeps its state; purged, nothing is left; installed again, it works."""
    with bench.booted() as service:
        before = _files(service)
        service.install(bench.options.deb)
        service.add_users()
        bench.assertRegex(service.fail("kept", 5), r"^\+ok open")

        service.dpkg("--remove", "breakerd")
        for unit in (UNIT, *SOCKETS):
            bench.assertFalse(service.is_active(unit), f"{unit} is active without its package")
        left = _files(service)
        bench.assertIn("/var/lib/breakerd/breakerd.sqlite", left, "the state has to outlive a removal")
        bench.assertIn("/etc/breakerd/breakerd.yaml", left)
        bench.assertEqual([path for path in left if path.endswith(".sock") and "breakerd" in path], [])
        bench.assertEqual(service.machine.run(["pgrep", "-x", "breakerd"], check=False).stdout, "")

        service.install(bench.options.deb)
        service.wait_until_up()
        bench.assertIn("kept", service.breakerctl("list").stdout)

        service.dpkg("--purge", "breakerd")
        left = sorted(_files(service) - before)
        bench.note("left after purge", len(left), " ".join(left[:10]))
        bench.assertEqual(left, [])
        accounts = service.machine.run(["sh", "-c", "getent passwd breakerd; getent group breakerd breakerd-admin"],
                                       check=False).stdout.split()
        bench.note("accounts after purge", len(accounts), " ".join(accounts))

        service.install(bench.options.deb)
        service.wait_until_up()
        bench.assertEqual(service.ask("state kept", user=None)[0][:1], "-", "a purge has to forget")
        bench.assertRegex(service.ask("allow api", user=None)[0], r"^\+allow closed")


def _version(service):
    return service.machine.run(["dpkg-query", "-W", "-f", "${Version}", "breakerd"]).stdout


def _files(service):
    found = service.machine.run(["find", "/etc", "/run", "/usr", "/var", "/tmp", "/opt", "-xdev"], check=False, timeout=120)
    runtime = service.machine.run(["find", "/run", "/tmp", "-xdev"], check=False)
    return {path for path in (found.stdout + runtime.stdout).splitlines() if not NOT_OURS.match(path)}


CASES = [upgrade, remove]
