"""A machine to install into and to restart things on: the host's own systemd as pid 1 of fresh namespaces.

    with Machine() as machine:
        machine.run(["systemctl", "is-active", "dbus.socket"])

It sees the host's files, and what it writes is kept in memory until it ends. It has its own processes, network (lo), /run,
/tmp, /dev, host name, control groups and journal. Needs root, and a kernel with overlay.
"""

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import hierarchies
import processes

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = ["unshare", "nsenter", "setpriv", "mount", "umount", "pivot_root", "hostname", "systemctl", "python3"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ["pid", "mnt", "uts", "ipc", "net", "cgroup"]


class CannotBoot(Exception):
    """This host cannot, and why."""


class Failed(AssertionError):
    """A command in the machine did not exit with 0."""


class Result:
    def __init__(self, command, code, stdout, stderr):
        self.command, self.code, self.stdout, self.stderr = command, code, stdout, stderr

    def __str__(self):
        return f"{' '.join(self.command)}: exit {self.code}\n{self.stdout}{self.stderr}".rstrip()


def why_not():
    """Why no machine can boot here, in one line, or None; what only a boot can tell is told by CannotBoot."""
    if not sys.platform.startswith("linux"):
        return "it needs Linux"
    if os.geteuid() != 0:
        return "it needs root"
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=PATH)]
    if missing:
        return f"there is no {', no '.join(missing)} on this machine"
    if not any(os.path.exists(path) for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")):
        return "systemd is not installed"
    if os.stat("/usr").st_dev != os.stat("/").st_dev:
        return "/usr is a file system of its own; one that holds both / and /usr is needed"
    missing = [name for name in NAMESPACES if not os.path.exists(f"/proc/self/ns/{name}")]
    if missing:
        return f"the kernel has no {', no '.join(missing)} namespaces"
    with open("/proc/filesystems") as known:
        if "overlay" not in known.read().split() and _runs("modprobe", "overlay"):
            return "the kernel has no overlay file system"
    if not hierarchies.choose():
        return "no hierarchy of control groups can be written here"
    error = _runs("unshare", "--fork", "--pid", "--mount", "--uts", "--ipc", "--net", "--cgroup",
                  "mount", "-t", "tmpfs", "tmpfs", "/mnt")
    return f"namespaces are not allowed here: {error}" if error else None


def _runs(*command):
    """What is wrong with it, or an empty text."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else done.stderr.strip().replace("\n", "; ") or f"exit {done.returncode}"


class Machine:
    """Boots when entered, and leaves nothing behind, however it ends. Not for several threads at once."""

    def __init__(self, layout="auto", upper_size="1g", patience=20, hostname="test-machine"):
        self.layout = layout            # of control groups; once booted, the one that it has
        self.upper_size = upper_size    # what all that it writes may take, outside /run, /tmp and /dev
        self.patience = patience        # seconds for a boot
        self.hostname = hostname
        self.state = None               # what `systemctl is-system-running` says: running or degraded
        self.boot_seconds = None
        self._groups = {}

    # Beginning and end

    def __enter__(self):
        layouts = hierarchies.choose(self.layout)
        if not layouts:
            raise CannotBoot(f"no hierarchy of control groups for the layout {self.layout} can be written here")
        for number, (layout, found) in enumerate(layouts):
            try:
                self._boot(layout, found)
                return self
            except CannotBoot:
                self.close()
                if number == len(layouts) - 1:
                    raise
            except BaseException:
                self.close()
                raise

    def __exit__(self, *_):
        self.close()

    def _boot(self, layout, found):
        begun = time.monotonic()
        self.layout, self._hierarchies = layout, found
        self._supervisor = self._init = self._master = self._reader = self.state = None
        self._console, self._running = bytearray(), []
        self._scratch = tempfile.mkdtemp(prefix="breakerd-machine-")
        hierarchies.make_groups(found, os.path.basename(self._scratch))
        plan = {"scratch": self._scratch, "layout": layout, "upper_size": self.upper_size, "hostname": self.hostname,
                "hierarchies": [(each.kind, each.options, each.name) for each in found]}
        self._master, console = pty.openpty()
        plan["go"], go = os.pipe()
        try:
            # If this process dies, unshare does, and with it the init of the namespaces, and all that runs in them.
            self._supervisor = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child=KILL", "--pid", "--mount", "--uts",
                 "--ipc", "--net", "--cgroup", sys.executable, os.path.join(HERE, "boot.py"), json.dumps(plan)],
                stdin=console, stdout=console, stderr=console, env={"PATH": PATH, "LANG": "C.UTF-8"}, cwd="/",
                start_new_session=True, preexec_fn=lambda: hierarchies.enter_groups(found), pass_fds=[plan["go"]])
            end = begun + self.patience
            while self._init is None and self._supervisor.poll() is None and time.monotonic() < end:
                self._init = processes.child_of(self._supervisor.pid)
            if self._init:
                hierarchies.send_home(found, self._supervisor.pid)
        except subprocess.SubprocessError as error:
            raise CannotBoot(f"a control group cannot be entered: {error}") from error
        finally:
            for descriptor in (console, plan["go"], go):
                os.close(descriptor)
        self._reader = threading.Thread(target=self._read_console, daemon=True)
        self._reader.start()
        self._wait_until_booted(end)
        self.boot_seconds = time.monotonic() - begun

    def _wait_until_booted(self, end):
        answer = "nothing"
        while time.monotonic() < end:
            if self._supervisor.poll() is not None:
                self._reader.join(1)
                raise CannotBoot(f"systemd did not boot: {self._last_words()}")
            # Until it is systemd, its files are still the host's.
            if self._init and processes.program_of(self._init) == "systemd":
                left = max(0.1, end - time.monotonic())
                try:
                    answer = self.run(["systemctl", "is-system-running"], check=False, timeout=left).stdout.strip()
                except subprocess.TimeoutExpired:
                    break
                if answer in ("running", "degraded"):
                    self.state = answer
                    return
            time.sleep(0.05)
        raise CannotBoot(f"systemd did not come up within {self.patience} s (it says {answer or 'nothing'}): "
                         f"{self._last_words()}")

    def _read_console(self):
        while True:
            try:
                block = os.read(self._master, 65536)
            except OSError:
                return
            if not block:
                return
            self._console += block
            del self._console[:-65536]

    def console(self):
        """What systemd has written on its console."""
        return self._console.decode(errors="replace")

    def _last_words(self):
        lines = [line.strip() for line in self.console().splitlines() if line.strip()]
        return "; ".join(lines[-3:]) or "it said nothing"

    def close(self):
        """Ends everything in it, and removes what it was made of. May be called again."""
        if getattr(self, "_scratch", None) is None:
            return
        handler = None
        if threading.current_thread() is threading.main_thread():
            handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for process in self._running:
                processes.kill_session(process)
            if self._supervisor is not None:
                init = self._init or processes.child_of(self._supervisor.pid)
                if init and self._supervisor.poll() is None:
                    os.kill(init, signal.SIGKILL)
                else:
                    self._supervisor.kill()
                try:
                    self._supervisor.wait(10)
                except subprocess.TimeoutExpired:
                    self._supervisor.kill()
                    self._supervisor.wait()
            if self._reader is not None:
                self._reader.join(2)
            if self._master is not None:
                os.close(self._master)
            hierarchies.remove_groups(self._hierarchies)
            os.rmdir(self._scratch)
            self._scratch = self._init = None
        finally:
            if handler is not None:
                signal.signal(signal.SIGINT, handler)

    # What goes on inside

    @property
    def init(self):
        """The host's number of its pid 1."""
        return self._init

    def run(self, command, user=None, groups=None, check=True, timeout=30, input=None, environment=None):
        """Runs it inside, as root or as `user`, with all groups of that user or with `groups`. Waits for its end."""
        process = self.start(command, user, groups, environment, stdin=subprocess.PIPE if input is not None else None)
        try:
            data = input.encode() if isinstance(input, str) else input
            stdout, stderr = process.communicate(data, timeout=timeout)
        except BaseException:
            processes.kill_session(process)
            raise
        finally:
            self.forget(process)
        result = Result(command, process.returncode, stdout.decode(errors="replace"), stderr.decode(errors="replace"))
        if check and result.code != 0:
            raise Failed(str(result))
        return result

    def start(self, command, user=None, groups=None, environment=None, stdin=None):
        """The same without waiting: a Popen, which ends with the machine at the latest."""
        who = self._as(user, groups) if user else []
        process = subprocess.Popen(
            ["nsenter", f"--target={self._init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root",
             "--wd", "--", *who, *command],
            stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env={"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/root" if not user else "/nonexistent", **(environment or {})})
        self._running.append(process)
        return process

    def forget(self, process):
        """For one that was started, and has ended."""
        self._running.remove(process)

    def _as(self, user, groups):
        if user not in self._groups:
            self._groups[user] = self.run(["id", "-g", user]).stdout.strip()
        which = f"--groups={','.join(groups)}" if groups else "--init-groups"
        return ["setpriv", f"--reuid={user}", f"--regid={self._groups[user]}", which, "--bounding-set=-all",
                "--inh-caps=-all"]

    def write(self, path, data, mode="0644"):
        """Makes a file, and the directories above it."""
        self.run(["sh", "-ec", 'mkdir -p "$(dirname "$1")"; cat > "$1"; chmod "$2" "$1"', "write", path, mode], input=data,
                 timeout=60)

    def read(self, path):
        return self.run(["cat", path]).stdout

    def copy_in(self, host_path, path, mode="0644"):
        """From the host, also what lies in its /tmp or on another file system of it."""
        with open(host_path, "rb") as file:
            self.write(path, file.read(), mode)

    def groups(self):
        """Its control groups, as directories of the host; that of systemd itself is the last."""
        by_use = sorted(self._hierarchies, key=lambda each: (each.name == "systemd", each.name == "unified"))
        return [each.group for each in by_use]

    def pids(self):
        """The host's numbers of all its processes."""
        mine = os.readlink(f"/proc/{self._init}/ns/pid")
        return [pid for pid in processes.all_pids() if processes.link(f"/proc/{pid}/ns/pid") == mine]

    def host_pid(self, pid):
        """The host's number of the process that is `pid` inside; None if there is none."""
        for outside in self.pids():
            try:
                with open(f"/proc/{outside}/status") as status:
                    numbers = next(line for line in status if line.startswith("NSpid:")).split()
            except OSError:
                continue
            if numbers[-1] == str(pid):
                return outside
        return None
