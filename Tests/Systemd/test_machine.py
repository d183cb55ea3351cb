#!/usr/bin/env python3
"""What a machine promises: it is one, it is apart from the host, and nothing of it stays."""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import hierarchies
from machine import CannotBoot, Failed, Machine, why_not


def traces():
    """What a machine could leave on the host."""
    found = glob.glob(os.path.join(tempfile.gettempdir(), "breakerd-machine-*"))
    for layout, each in hierarchies.choose():
        for hierarchy in each:
            found += glob.glob(os.path.join(hierarchy.mount_point, "breakerd-machine-*"))
    with open("/proc/self/mountinfo") as mounts:
        found += [line for line in mounts if "breakerd-machine-" in line]
    return found


@unittest.skipIf(why_not(), f"no machine can boot here: {why_not()}")
class MachineTests(unittest.TestCase):
    def setUp(self):
        self.before = traces()

    def tearDown(self):
        self.assertEqual(traces(), self.before)

    def test_a_command_has_its_exit_code_output_and_input(self):
        with Machine() as machine:
            self.assertIn(machine.state, ("running", "degraded"))
            result = machine.run(["sh", "-c", "cat; echo err >&2; exit 3"], input="in\n", check=False)
            self.assertEqual((result.code, result.stdout, result.stderr), (3, "in\n", "err\n"))
            with self.assertRaises(Failed):
                machine.run(["false"])
            with self.assertRaises(subprocess.TimeoutExpired):
                machine.run(["sleep", "30"], timeout=0.2)
            self.assertNotIn("sleep", machine.run(["ps", "-e", "-o", "comm="]).stdout.split())

    def test_another_user_has_the_groups_of_that_user_and_no_capabilities(self):
        with Machine() as machine:
            machine.run(["groupadd", "crew"])
            machine.run(["useradd", "--groups", "crew", "sailor"])
            self.assertEqual(set(machine.run(["id", "-Gn"], user="sailor").stdout.split()), {"sailor", "crew"})
            self.assertEqual(set(machine.run(["id", "-Gn"], user="sailor", groups=["disk"]).stdout.split()),
                             {"sailor", "disk"})
            self.assertIn("CapEff:\t0000000000000000", machine.run(["cat", "/proc/self/status"], user="sailor").stdout)

    def test_it_is_apart_from_the_host(self):
        with tempfile.NamedTemporaryFile() as secret, Machine() as machine:
            machine.write("/etc/breakerd-machine-was-here", "x")
            self.assertFalse(os.path.exists("/etc/breakerd-machine-was-here"))
            self.assertNotEqual(machine.run(["cat", secret.name], check=False).code, 0)
            machine.copy_in(__file__, "/tmp/copied/test.py", "0600")
            with open(__file__) as here:
                self.assertEqual(machine.read("/tmp/copied/test.py"), here.read())
            links = machine.run(["ls", "/sys/class/net"]).stdout.split()
            self.assertEqual(links, ["lo"])
            machine.run(["python3", "-c", "import socket; s = socket.create_server(('127.0.0.1', 0)); "
                         "socket.create_connection(s.getsockname())"])
            self.assertNotEqual(machine.run(["sh", "-c", "echo 1 > /proc/sys/kernel/sysrq"], check=False).code, 0)
            pid = int(machine.run(["sh", "-c", "echo $$"]).stdout)
            self.assertIsNone(machine.host_pid(pid))
            self.assertEqual(machine.host_pid(1), machine.init)

    def test_services_have_users_limits_and_a_journal(self):
        with Machine() as machine:
            machine.write("/etc/systemd/system/tried.service", "[Service]\nDynamicUser=yes\nStateDirectory=tried\n"
                          "ProtectSystem=strict\nPrivateTmp=yes\nPrivateDevices=yes\nSystemCallFilter=@system-service\n"
                          "MemoryMax=64M\nExecStart=/bin/sh -c 'touch /var/lib/tried/x; echo done by $$(id -un)'\n")
            machine.run(["systemctl", "daemon-reload"])
            machine.run(["systemctl", "start", "--wait", "tried.service"])
            machine.run(["journalctl", "--sync"])
            self.assertIn("done by tried", machine.run(["journalctl", "-u", "tried", "-o", "cat"]).stdout)

    def test_each_layout_of_control_groups_boots(self):
        for layout, _ in hierarchies.choose():
            with self.subTest(layout), Machine(layout=layout) as machine:
                self.assertEqual(machine.layout, layout)
                # systemd has moved all that it knows of to init.scope; what it does not see must not be there either.
                with open(os.path.join(machine.groups()[-1], "cgroup.procs")) as procs:
                    self.assertEqual(procs.read().split(), [])

    def test_nothing_stays_after_an_exception(self):
        with self.assertRaises(ZeroDivisionError), Machine() as machine:
            machine.start(["sleep", "100"])
            1 / 0

    def test_nothing_stays_after_a_boot_that_hangs(self):
        with self.assertRaises(CannotBoot) as raised, Machine(patience=0.2):
            pass
        self.assertIn("0.2 s", str(raised.exception))

    def test_nothing_stays_after_a_boot_that_fails(self):
        with self.assertRaises(CannotBoot), Machine(upper_size="nonsense"):
            pass

    def test_nothing_stays_after_an_interrupt_and_no_process_after_a_kill(self):
        program = (f"import sys, time; sys.path.insert(0, {os.path.dirname(os.path.abspath(__file__))!r})\n"
                   "from machine import Machine\nwith Machine() as machine:\n"
                   "    print(machine.init, flush=True)\n    machine.run(['sleep', '100'], timeout=100)\n")
        for how in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(how), subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE,
                                                     stderr=subprocess.DEVNULL, text=True, cwd="/") as process:
                init = int(process.stdout.readline())
                process.send_signal(how)
                process.wait(20)
                gone = subprocess.run(["timeout", "5", "tail", f"--pid={init}", "-f", "/dev/null"])
                self.assertEqual(gone.returncode, 0)
            if how == signal.SIGKILL:
                # Empty directories are left then; nobody was there to remove them.
                for trace in set(traces()) - set(self.before):
                    for path, _, _ in os.walk(trace, topdown=False):
                        os.rmdir(path)


if __name__ == "__main__":
    unittest.main()
