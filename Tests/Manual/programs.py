"""The programs themselves: what they say of their commands, options, verbs and keys; and a daemon to ask."""

import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BREAKERD = os.path.abspath(os.environ.get("BREAKERD_BIN", os.path.join(ROOT, ".build/debug/breakerd")))
BREAKERCTL = os.path.abspath(os.environ.get("BREAKERCTL_BIN", os.path.join(ROOT, ".build/debug/breakerctl")))
PROGRAMS = {"breakerd": BREAKERD, "breakerctl": BREAKERCTL}
for program in PROGRAMS.values():
    if not os.access(program, os.X_OK):
        raise FileNotFoundError(f"{program} is missing: build it, or set BREAKERD_BIN and BREAKERCTL_BIN")

# The options of all commands of a program.
COMMON = {"breakerd": {"version", "help"}, "breakerctl": {"version", "help", "socket", "json", "no-color"}}


class Command:
    """A command of a program, as the program describes it."""

    def __init__(self, described):
        self.name = described["commandName"]
        self.options = []
        self.positionals = []
        for argument in described.get("arguments", []):
            (self.positionals if argument["kind"] == "positional" else self.options).append(Argument(argument))


class Argument:
    """An option, a flag or a positional argument."""

    def __init__(self, described):
        names = [name["name"] for name in described.get("names", []) if name["kind"] == "long"]
        self.name = names[0] if names else None
        self.takes_value = described["kind"] != "flag"
        self.value = described.get("valueName")
        # In help they stand as «allow|deny» where the program does not list them.
        self.values = described.get("allValues") or (self.value.split("|") if "|" in (self.value or "") else None)
        self.default = described.get("defaultValue")
        self.is_optional = described["isOptional"]
        self.is_repeating = described["isRepeating"]
        self.is_behind_terminator = described.get("parsingStrategy") == "postTerminator"


@functools.cache
def commands(program):
    """The commands of a program by name."""
    said = subprocess.run([PROGRAMS[program], "--experimental-dump-help"], capture_output=True, check=True, timeout=60)
    return {each["commandName"]: Command(each) for each in json.loads(said.stdout)["command"]["subcommands"]}


@functools.cache
def _keys_in(path):
    """The keys that may stand in a block of the file, by what is said of one that may not; None: it is no block."""
    text = "zz: 1"
    for part in reversed(path):
        text = f"{part}: [{{match: x, {text}}}]" if part == "breakers" else f"{part}: {{{text}}}"
    with tempfile.TemporaryDirectory() as directory:
        file = os.path.join(directory, "file.yaml")
        with open(file, "w") as out:
            out.write(text + "\n")
        said = subprocess.run([BREAKERD, "check", file], capture_output=True, text=True, timeout=60).stderr
    found = re.search(r"unknown key 'zz'; the keys here are (.*)", said)
    return found.group(1).split(", ") if found else None


def _leaves(path):
    """The keys in a block; the block itself too if a word can stand for it, as `none` for `trip.window`."""
    keys = _keys_in(path)
    key = ".".join(path[1:])
    if keys is None:
        return [key]
    return ([key] if is_setting(key) else []) + [leaf for each in keys for leaf in _leaves(path + (each,))]


def is_setting(key):
    """Whether there is such a key on the command line."""
    tried = [BREAKERD, "policy", "x", "--default", key + "=none"]
    said = subprocess.run(tried, capture_output=True, text=True, timeout=60)
    return "unknown key" not in said.stderr


@functools.cache
def daemon_keys():
    """The keys of the block `daemon`."""
    return _keys_in(("daemon",))


@functools.cache
def entry_keys():
    """The keys of an entry that are no keys of a policy."""
    of_policy = {key.split(".")[0] for key in policy_keys()}
    return [key for key in _keys_in(("breakers",)) if key not in of_policy]


@functools.cache
def policy_keys():
    """Every key of a policy, dotted."""
    return [key for top in _keys_in(("defaults",)) for key in _leaves(("defaults", top)) if is_setting(key)]


class Daemon:
    """A daemon with sockets and a database of its own."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="bm")
        self.socket = os.path.join(self.directory, "s")
        self.admin_socket = os.path.join(self.directory, "a")
        state = os.path.join(self.directory, "state.sqlite")
        self.process = subprocess.Popen(
            [BREAKERD, "--socket", self.socket, "--admin-socket", self.admin_socket, "--state", state],
            stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                self.ask("ping")
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < end, "the daemon does not start"
                time.sleep(0.02)

    def ask(self, line):
        """The lines of an answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.admin_socket)
            connection.settimeout(30)
            connection.sendall(line.encode() + b"\nquit\n")
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        lines = answer.decode().splitlines()
        count = int(lines[0][1:].split()[0]) if lines[0].startswith("*") else 0
        return lines[: count + 1]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.directory)
