"""A package on a fresh machine: what runs, who may do what, how much of the machine it sees."""

import re
import time

from service import ADMIN_SOCKET, SOCKET, SOCKETS, UNIT


def install(bench):
    """The package starts the service and its sockets, with the owners and modes that the documentation names."""
    with bench.installed() as service:
        for unit in (UNIT, *SOCKETS):
            bench.assertTrue(service.is_active(unit), f"{unit} is not active")
            bench.assertEqual(service.systemctl("is-enabled", unit).stdout.strip(), "enabled", unit)
        status = service.systemctl("status", "--no-pager", UNIT).stdout
        line = re.search(r"^\s*Status: \"(.+)\"$", status, re.MULTILINE)
        bench.assertIsNotNone(line, f"no line of STATUS in\n{status}")
        bench.note("status", line[1])
        wanted = {
            "/run/breakerd": "root:root 755", SOCKET: "root:breakerd 660",
            "/run/breakerd-admin": "root:root 755", ADMIN_SOCKET: "breakerd:breakerd-admin 660",
            "/run/breakerd/pub": "breakerd:breakerd 750", "/run/breakerd/pub/board": "breakerd:breakerd 640",
            "/var/lib/breakerd": "breakerd:breakerd 700", "/var/lib/breakerd/breakerd.sqlite": "breakerd:breakerd 600",
        }
        said = service.machine.run(["stat", "-c", "%n %U:%G %a", *wanted], check=False)
        found = dict(line.split(" ", 1) for line in said.stdout.splitlines())
        bench.assertEqual(found, wanted, said.stderr)
        bench.assertEqual(service.journal("-p", "err"), "")
        warnings = service.journal("-p", "warning").splitlines()
        bench.note("warnings in the log", len(warnings), warnings[0] if warnings else "")
        bench.assertIn("healthy", service.breakerctl("health").stdout)


def access(bench):
    """Members of breakerd call, members of breakerd-admin act, and who may do neither is told what to do."""
    with bench.installed() as service:
        allowed = service.breakerctl("allow", "api", "--strict", user="member")
        bench.assertRegex(allowed.stdout, r"^\d+")
        service.breakerctl("report", "api", "ok", "--strict", user="member")
        refused = service.breakerctl("allow", "api", "--strict", user="stranger", check=False)
        bench.assertEqual(refused.code, 77, refused)
        bench.assertIn("usermod -aG breakerd stranger", refused.stderr)
        bench.note("a stranger", "exit 77", refused.stderr.splitlines()[0])
        bench.assertEqual(service.breakerctl("allow", "api", user="stranger", check=False).code, 0,
                          "without --strict a call goes on")

        service.fail("api", 5)
        bench.assertRegex(service.ask("state api")[0], r"^\+ok open")
        for arguments in (["reset", "api"], ["--socket", ADMIN_SOCKET, "reset", "api"]):
            refused = service.breakerctl(*arguments, user="member", check=False)
            bench.assertEqual(refused.code, 77, refused)
            bench.assertRegex(service.ask("state api")[0], r"^\+ok open")
        for arguments in (["reset", "api"], ["--socket", ADMIN_SOCKET, "reset", "api"]):
            service.breakerctl(*arguments, user="boss")
            bench.assertEqual(service.ask("state api"), ["+ok closed"])
            service.fail("api", 5)
        refused = service.breakerctl("--socket", SOCKET, "allow", "api", "--strict", user="boss", check=False)
        bench.assertEqual(refused.code, 77, "breakerd-admin alone is not let in where calls are made")
        bench.assertEqual(service.breakerctl("allow", "api", user="boss", check=False).code, 75,
                          "breakerctl asks on the admin socket then")
        service.breakerctl("reset", "api", user="both")


def activation(bench):
    """A connection starts a service that is stopped, the system starts it too; a socket that is stopped leaves no file."""
    with bench.installed() as service:
        service.systemctl("stop", UNIT)
        bench.assertFalse(service.is_active())
        bench.assertTrue(all(service.is_active(unit) for unit in SOCKETS))
        bench.assertEqual(service.ask("ping"), ["+ok pong"])
        bench.assertTrue(service.is_active())
        service.systemctl("stop", UNIT)
        service.breakerctl("health", user="boss")
        bench.assertTrue(service.is_active())

        service.systemctl("stop", UNIT, *SOCKETS)
        bench.assertEqual(service.machine.run(["ls", "/run/breakerd", "/run/breakerd-admin"]).stdout.split(),
                          ["/run/breakerd:", "pub", "/run/breakerd-admin:"])
        service.systemctl("start", "multi-user.target")
        service.wait_until_up()
        bench.assertTrue(all(service.is_active(unit) for unit in SOCKETS))


def socket_gone(bench):
    """When the file of a socket is removed, `health` says so to whoever can still ask, and restarting the socket mends it."""
    with bench.installed() as service:
        service.machine.run(["rm", SOCKET])
        end = time.monotonic() + 35
        while "reason=socket_gone" not in service.ask("health", user="boss", socket=ADMIN_SOCKET)[0]:
            bench.assertLess(time.monotonic(), end, "health says nothing of it")
            time.sleep(0.2)
        service.systemctl("restart", SOCKETS[0])
        service.wait_until_up()
        bench.assertIn("+ok healthy", service.ask("health")[0])


def security(bench):
    """What systemd says of the sandbox of the unit as it is loaded."""
    with bench.installed() as service:
        said = service.machine.run(["systemd-analyze", "security", "--no-pager", UNIT], check=False).stdout
        level = re.search(r"exposure level for breakerd.service: ([\d.]+)", said)
        bench.assertIsNotNone(level, said)
        bench.note("exposure", level[1], "at most 0.4")
        bench.assertLessEqual(float(level[1]), 0.4)
        filters = re.search(r"^Seccomp:\s*(\d)", service.machine.read(f"/proc/{service.main_pid()}/status"), re.MULTILINE)
        bench.assertEqual(filters[1], "2", "no filter of system calls is in force")


CASES = [install, access, activation, socket_gone, security]
