"""Becomes systemd, as pid 1 of namespaces that are fresh already; machine.py starts it, and nobody else.

    boot.py PLAN        a JSON object: scratch, layout, hierarchies, upper_size, hostname, go (a pipe that ends when it may)

It is in a mount namespace of its own: nothing that is mounted here is seen outside. What it writes below the new root is
in memory, on top of the host's files.
"""

import json
import os
import shutil
import subprocess
import sys

NODES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}

# What of the units that come with systemd is of use here; all others that would start by themselves are masked.
WANTED = {
    "systemd-journald.service", "systemd-journald.socket", "systemd-journald-dev-log.socket",
    "systemd-tmpfiles-setup.service", "systemd-sysusers.service", "systemd-user-sessions.service",
    "dbus.service", "dbus.socket",
}
ALSO_MASKED = [
    "systemd-udevd.service", "systemd-udev-trigger.service", "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket", "systemd-remount-fs.service", "systemd-networkd.service", "systemd-timesyncd.service",
    "systemd-logind.service", "console-getty.service", "getty.target",
]
# Of the host's clock, modules, devices and log none is the machine's business.
CAPABILITIES_DROPPED = "-sys_time,-sys_module,-sys_rawio,-syslog,-wake_alarm,-block_suspend"


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "w") as file:
        file.write(text)


def make_root(plan):
    scratch = plan["scratch"]
    mount("--make-rprivate", "/")
    mount("-t", "tmpfs", "-o", f"mode=0755,size={plan['upper_size']}", "tmpfs", scratch)
    for name in ("upper", "work", "root"):
        os.mkdir(os.path.join(scratch, name), 0o755)
    root = os.path.join(scratch, "root")
    mount("-t", "overlay", "-o", f"lowerdir=/,upperdir={scratch}/upper,workdir={scratch}/work", "overlay", root)
    return root


def make_kernel_files(root, plan):
    for name in ("proc", "sys", "dev", "run", "tmp"):
        os.makedirs(os.path.join(root, name), exist_ok=True)
    mount("-t", "proc", "-o", "nosuid,nodev,noexec", "proc", f"{root}/proc")
    # journald is sent datagrams; systemd would raise this itself, if it could write there.
    with open(f"{root}/proc/sys/net/unix/max_dgram_qlen", "w") as file:
        file.write("512")
    for name in ("sys", "sysrq-trigger", "irq", "bus"):
        path = f"{root}/proc/{name}"
        if os.path.exists(path):
            mount("--bind", path, path)
            mount("-o", "remount,bind,ro,nosuid,nodev,noexec", path)
    mount("-t", "sysfs", "-o", "ro,nosuid,nodev,noexec", "sysfs", f"{root}/sys")
    mount("-t", "tmpfs", "-o", "mode=0755,nosuid,nodev,size=128m", "tmpfs", f"{root}/run")
    mount("-t", "tmpfs", "-o", "mode=1777,nosuid,nodev,size=256m", "tmpfs", f"{root}/tmp")
    make_groups(f"{root}/sys/fs/cgroup", plan)


def make_groups(top, plan):
    if plan["layout"] == "unified":
        mount("-t", "cgroup2", "cgroup2", top)
        return
    mount("-t", "tmpfs", "-o", "mode=0755", "tmpfs", top)
    for kind, options, name in plan["hierarchies"]:
        path = os.path.join(top, name)
        os.mkdir(path)
        mount("-t", kind, *(["-o", options] if options else []), "cgroup", path)


def make_devices(root):
    mount("-t", "tmpfs", "-o", "mode=0755,nosuid,size=16m", "tmpfs", f"{root}/dev")
    for name, (major, minor) in NODES.items():
        path = f"{root}/dev/{name}"
        try:
            os.mknod(path, 0o666 | 0o020000, os.makedev(major, minor))
            os.chmod(path, 0o666)
        except PermissionError:
            open(path, "w").close()
            mount("--bind", f"/dev/{name}", path)
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
                         ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"), ("core", "/proc/kcore")):
        os.symlink(target, f"{root}/dev/{name}")
    for name, kind, options in (("pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,gid=5"),
                                ("shm", "tmpfs", "mode=1777,nosuid,nodev,size=64m"),
                                ("mqueue", "mqueue", "nosuid,nodev,noexec")):
        os.mkdir(f"{root}/dev/{name}")
        mount("-t", kind, "-o", options, kind, f"{root}/dev/{name}")
    open(f"{root}/dev/console", "w").close()
    mount("--bind", os.ttyname(1), f"{root}/dev/console")


def make_settings(root, plan):
    """Nothing that the host has set up starts in here; what a package brings later does."""
    units = f"{root}/etc/systemd/system"
    shutil.rmtree(units, ignore_errors=True)
    os.makedirs(units)
    masked = set(ALSO_MASKED)
    for vendor in ("usr/lib/systemd/system", "etc/systemd/system"):
        for target in ("sysinit", "basic", "sockets", "timers", "paths", "local-fs", "remote-fs", "multi-user", "getty"):
            wants = os.path.join(root, vendor, f"{target}.target.wants")
            masked.update(set(os.listdir(wants)) - WANTED if os.path.isdir(wants) else ())
    for unit in masked:
        os.symlink("/dev/null", os.path.join(units, unit))
    for vendor in ("usr/lib/systemd", "usr/local/lib/systemd"):
        generators = os.path.join(root, vendor, "system-generators")
        for generator in os.listdir(generators) if os.path.isdir(generators) else ():
            mask = f"{root}/etc/systemd/system-generators/{generator}"
            os.makedirs(os.path.dirname(mask), exist_ok=True)
            if not os.path.lexists(mask):
                os.symlink("/dev/null", mask)
    for path in ("var/log/journal", "etc/systemd/journald.conf.d", "etc/systemd/system.conf.d"):
        shutil.rmtree(os.path.join(root, path), ignore_errors=True)
    if os.path.lexists(f"{root}/usr/sbin/policy-rc.d"):
        os.unlink(f"{root}/usr/sbin/policy-rc.d")
    write(f"{root}/etc/systemd/journald.conf.d/machine.conf",
          "[Journal]\nStorage=volatile\nRuntimeMaxUse=64M\nRateLimitIntervalSec=0\nReadKMsg=no\nAudit=no\n"
          "ForwardToWall=no\n")
    write(f"{root}/etc/machine-id", os.urandom(16).hex() + "\n")
    write(f"{root}/etc/hostname", plan["hostname"] + "\n")
    write(f"{root}/etc/fstab", "")


def main():
    plan = json.loads(sys.argv[1])
    os.umask(0o022)
    os.chdir("/")
    os.read(plan["go"], 1)
    os.close(plan["go"])
    root = make_root(plan)
    make_kernel_files(root, plan)
    make_devices(root)
    make_settings(root, plan)
    subprocess.run(["hostname", plan["hostname"]], check=True)
    os.chdir(root)
    subprocess.run(["pivot_root", ".", "."], check=True)
    subprocess.run(["umount", "--lazy", "."], check=True)
    os.chdir("/")
    # systemd knows by this that it is in a container. Its name is nobody's, so nothing of any manager's ways is assumed.
    environment = {"container": "test-machine", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
    program = next(path for path in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd") if os.path.exists(path))
    command = ["setpriv", f"--bounding-set={CAPABILITIES_DROPPED}", program, "--system", "--unit=multi-user.target"]
    os.execvpe(command[0], command, environment)


if __name__ == "__main__":
    main()
