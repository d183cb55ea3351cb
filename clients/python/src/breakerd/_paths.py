"""Where the daemon's socket is, when nobody says."""

from __future__ import annotations

import os
import stat

_SERVICE = "/run/breakerd/breakerd.sock"


def default_socket_path() -> str:
    """``$BREAKERD_SOCKET``; else the service's socket if it exists; else that of a daemon run by this user, if it exists:
    ``$XDG_RUNTIME_DIR/breakerd/breakerd.sock`` or ``/tmp/breakerd-UID/breakerd.sock``; else the service's."""
    from_environment = os.environ.get("BREAKERD_SOCKET")
    if from_environment:
        return from_environment
    candidates = [_SERVICE]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime:
        candidates.append(f"{runtime}/breakerd/breakerd.sock")
    temporary = f"/tmp/breakerd-{os.geteuid()}"
    if _is_private(temporary):
        candidates.append(f"{temporary}/breakerd.sock")
    return next(filter(_is_there, candidates), _SERVICE)


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _is_private(directory: str) -> bool:
    # Anybody can make a directory under /tmp.
    try:
        status = os.lstat(directory)
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
