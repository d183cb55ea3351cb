"""Processes of the host, as /proc shows them."""

import os
import signal


def kill_session(process):
    """A Popen that leads a session: all of it, and its pipes."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            try:
                stream.close()
            except OSError:
                pass


def all_pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def link(path):
    """Where a link leads, or None."""
    try:
        return os.readlink(path)
    except OSError:
        return None


def program_of(pid):
    """The name of its program; empty if it is gone."""
    return os.path.basename(link(f"/proc/{pid}/exe") or "")


def child_of(parent):
    """One child of the process, or None."""
    for pid in all_pids():
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if int(stat.read().rpartition(")")[2].split()[1]) == parent:
                    return pid
        except (OSError, IndexError, ValueError):
            pass
    return None
