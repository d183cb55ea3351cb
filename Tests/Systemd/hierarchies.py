"""The control groups of a machine: a group of its own in each hierarchy that the host has, as pid 1 there sees its root.

systemd wants one of two layouts below /sys/fs/cgroup:

    unified   cgroup2 and nothing else
    hybrid    version 1 with a hierarchy name=systemd, controllers beside it, and cgroup2 at `unified`

Which one a machine gets depends on the host, unless it is said.
"""

import os
import re
import time

# Controllers of version 1 that systemd 252 knows. cpuset is left out: a new group there can hold nobody until it is filled.
CONTROLLERS = {"cpu", "cpuacct", "blkio", "memory", "devices", "pids"}


class Hierarchy:
    """One mount of control groups: where it is on the host, and how the machine is to mount it."""

    def __init__(self, mount_point, kind, options, name):
        self.mount_point = mount_point
        self.kind = kind            # "cgroup" or "cgroup2"
        self.options = options      # for mount -o
        self.name = name            # the directory below /sys/fs/cgroup
        self.group = None           # on the host, once it is made


def of_host(mountinfo="/proc/self/mountinfo"):
    """The hierarchies that are mounted here and can be written."""
    found = {}
    with open(mountinfo) as lines:
        for line in lines:
            before, _, after = line.rstrip("\n").partition(" - ")
            kind, _, rest = after.partition(" ")
            if kind not in ("cgroup", "cgroup2"):
                continue
            mount_point = re.sub(r"\\(\d{3})", lambda match: chr(int(match[1], 8)), before.split(" ")[4])
            if not os.access(mount_point, os.W_OK):
                continue
            if kind == "cgroup2":
                found.setdefault("unified", Hierarchy(mount_point, kind, None, "unified"))
                continue
            words = rest.split(" ")[-1].split(",")
            if "name=systemd" in words:
                found.setdefault("systemd", Hierarchy(mount_point, kind, "none,name=systemd", "systemd"))
                continue
            controllers = [word for word in words if word in CONTROLLERS]
            if controllers and not set(words) & {"cpuset"}:
                name = ",".join(controllers)
                found.setdefault(name, Hierarchy(mount_point, kind, name, name))
    return found


def choose(layout="auto"):
    """Which layouts to try, the best first: pairs of a layout and its hierarchies."""
    found = of_host()
    unified, named = found.get("unified"), found.get("systemd")
    layouts = []
    if named:
        layouts.append(("hybrid", list(found.values())))
    if unified:
        layouts.append(("unified", [unified]))
    return [each for each in layouts if layout in ("auto", each[0])]


def make_groups(hierarchies, name):
    """Makes a group in each hierarchy; whoever calls remove_groups later."""
    for hierarchy in hierarchies:
        group = os.path.join(hierarchy.mount_point, name)
        os.mkdir(group)
        hierarchy.group = group


def enter_groups(hierarchies):
    """Moves the calling process."""
    for hierarchy in hierarchies:
        with open(os.path.join(hierarchy.group, "cgroup.procs"), "w") as procs:
            procs.write("0")


def send_home(hierarchies, pid):
    """Moves a process to where the calling one is. With cgroup2 no process may stay where systemd hands controllers on."""
    with open("/proc/self/cgroup") as file:
        mine = [line.rstrip("\n").split(":", 2) for line in file]
    for hierarchy in hierarchies:
        words = (hierarchy.options or "").split(",")
        path = next((path for _, names, path in mine if names.split(",")[0] in words), "/")
        home = hierarchy.mount_point + path
        with open(os.path.join(home if os.path.isdir(home) else hierarchy.mount_point, "cgroup.procs"), "w") as procs:
            procs.write(str(pid))


def remove_groups(hierarchies, patience=5):
    """Removes the groups and all below them. The kernel lets go of them a moment after their last process."""
    end = time.monotonic() + patience
    for hierarchy in hierarchies:
        if hierarchy.group is None:
            continue
        while not _remove(hierarchy.group):
            if time.monotonic() > end:
                raise OSError(f"{hierarchy.group} cannot be removed: {_members(hierarchy.group)}")
            time.sleep(0.02)
        hierarchy.group = None


def _remove(group):
    for path, _, _ in os.walk(group, topdown=False):
        try:
            os.rmdir(path)
        except FileNotFoundError:
            pass
        except OSError:
            return False
    return True


def _members(group):
    members = []
    for path, _, _ in os.walk(group):
        try:
            with open(os.path.join(path, "cgroup.procs")) as procs:
                members += [f"{path} has {pid}" for pid in procs.read().split()]
        except OSError:
            pass
    return ", ".join(members) or "no process is in it"
