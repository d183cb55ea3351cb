"""What the tests of packaging share: the project, the programs, packages made of them, and a throwaway copy of the machine."""

import atexit
import functools
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
PREBUILT = pathlib.Path(os.environ.get("PREBUILT") or ".build/release")
PREBUILT = PREBUILT if PREBUILT.is_absolute() else TOP / PREBUILT

SCRATCH = pathlib.Path(tempfile.mkdtemp(prefix="breakerd-packaging-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


def run(*command, **options):
    """Standard output of a command that must succeed; what it said is in the error if it does not."""
    done = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def make(*words):
    # As from a shell: not as a part of the make that may run these tests.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    return run("make", "-C", TOP, f"PREBUILT={PREBUILT}", *words, env=environment)


@functools.cache
def package():
    """The package, built once for all tests."""
    out = SCRATCH / "packages"
    run(TOP / "packaging/deb.sh", env={**os.environ, "PREBUILT": str(PREBUILT), "OUT": str(out)})
    (deb,) = out.glob("breakerd_*.deb")
    return deb


@functools.cache
def newer_package():
    """The same with a higher version, and other sockets: systemd would have to restart them to take the change."""
    tree = SCRATCH / "newer"
    run("dpkg-deb", "-R", package(), tree)
    control = tree / "DEBIAN/control"
    version = field("Version")
    control.write_text(control.read_text().replace(f"Version: {version}\n", f"Version: {version}+1\n"))
    socket = tree / "lib/systemd/system/breakerd.socket"
    socket.write_text(socket.read_text().replace("Backlog=", "Priority=6\nBacklog="))
    deb = package().parent / "newer.deb"
    run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, deb)
    return deb


@functools.cache
def contents():
    """The unpacked package."""
    tree = SCRATCH / "contents"
    run("dpkg-deb", "-x", package(), tree)
    return tree


def field(name):
    return run("dpkg-deb", "-f", package(), name).strip()


def in_throwaway_copy(script):
    """What the script printed, and the paths in which the copy differs from this machine after it."""
    newer_package()
    read, write = os.pipe()
    try:
        process = subprocess.Popen(
            ["bash", "-c", 'exec "$0" "$1" 3>&"$2"', HERE / "throwaway.sh", package().parent, str(write)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=[write],
        )
    finally:
        os.close(write)
    output, _ = process.communicate(script)
    with open(read) as paths:
        changed = paths.read().splitlines()
    if process.returncode != 0:
        raise AssertionError(f"exit {process.returncode} of\n{script}\n{output}")
    return output, changed
