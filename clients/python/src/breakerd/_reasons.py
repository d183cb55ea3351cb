"""Why a socket cannot be connected to."""

from __future__ import annotations

import errno
import os
import stat

_REASONS = {
    errno.ENOENT: "not-running",
    errno.ENOTDIR: "not-running",
    errno.ECONNREFUSED: "not-running",
    errno.EACCES: "not-permitted",
    errno.EPERM: "not-permitted",
    errno.EAGAIN: "backlog-full",
    errno.EPROTOTYPE: "not-breakerd",
}


def reason_of(error: Exception, path: str) -> tuple[str, str]:
    """What a failure to connect is called, and what is said of it."""
    if isinstance(error, ValueError) or error.args[0] == "AF_UNIX path too long":
        return "cannot-connect", f"{path!r} cannot be the path of a socket"
    reason = _REASONS.get(getattr(error, "errno", None) or 0, "cannot-connect")
    if reason == "not-running":
        try:
            is_socket = stat.S_ISSOCK(os.stat(path).st_mode)
        except OSError:
            is_socket = True
        if not is_socket:
            return "cannot-connect", f"{path} is no socket"
        return reason, f"nothing listens at {path}: is breakerd running?"
    if reason == "not-permitted":
        return reason, f"no permission to open {path}"
    if reason == "backlog-full":
        return reason, f"{path} takes no more connections now"
    return reason, f"cannot connect to {path}: {error}"
