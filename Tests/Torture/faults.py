"""Steers faultvfs.so inside a daemon that runs."""

import mmap
import os
import struct
import subprocess
from pathlib import Path

READ, WRITE, SYNC, TRUNCATE, OPEN = range(5)
OPERATIONS = {"read": READ, "write": WRITE, "sync": SYNC, "truncate": TRUNCATE, "open": OPEN}
DATABASE, LOG, OTHER, ALL = 1, 2, 4, 7

#: What the process ends with at a power cut.
CUT_EXIT = 137

# The words of the control file, in the order of struct control in faultvfs.c.
_WORDS = ("seed", "log", "cut_at", "cut_now", "steps", "injected", "dropped", "torn", "reordered", "unsynced", "lie")
_RULES = 8
_RULE = ("armed", "operation", "files", "first", "count", "error", "delay_us", "seen", "hit")
_CALLS_AT = len(_WORDS)
_RULES_AT = _CALLS_AT + 8


def build(directory):
    """Compiles the layer, and returns the path of the library; raises ``RuntimeError`` if that does not work."""
    target = Path(directory) / "faultvfs.so"
    source = Path(__file__).with_name("faultvfs.c")
    command = ["gcc", "-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(target)]
    done = subprocess.run(command + [str(source), "-lsqlite3", "-lpthread"], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"faultvfs.c does not compile:\n{done.stderr}")
    return str(target)


class Faults:
    """The control file of one daemon after the other. ``environment`` is what makes a daemon obey it."""

    def __init__(self, library, path, seed=0, log=False):
        Path(path).write_bytes(bytes(4096))
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._map = mmap.mmap(descriptor, 4096)
        os.close(descriptor)
        self.environment = {"LD_PRELOAD": library, "FAULTVFS_CONTROL": str(path)}
        self["seed"], self["log"] = seed, int(log)

    def _read(self, index):
        return struct.unpack_from("<Q", self._map, index * 8)[0]

    def _write(self, index, value):
        struct.pack_into("<Q", self._map, index * 8, value)

    def __getitem__(self, word):
        return self._read(_WORDS.index(word))

    def __setitem__(self, word, value):
        self._write(_WORDS.index(word), value)

    def calls(self, operation):
        """How many calls of a kind there have been."""
        return self._read(_CALLS_AT + operation)

    def rule(self, number, operation, files=ALL, first=1, count=0, error=0, delay=0.0):
        """Has the calls ``first`` to ``first + count - 1`` from now on fail with an errno, or be late by ``delay`` seconds;
        with no count, all from ``first`` on."""
        base = _RULES_AT + number * len(_RULE)
        self._write(base, 0)
        for offset, value in enumerate((operation, files, first, count, error, int(delay * 1e6), 0, 0), 1):
            self._write(base + offset, value)
        self._write(base, 1)

    def hits(self, number):
        """How many calls a rule has struck."""
        return self._read(_RULES_AT + number * len(_RULE) + _RULE.index("hit"))

    def heal(self):
        """Switches all rules off."""
        for number in range(_RULES):
            self._write(_RULES_AT + number * len(_RULE), 0)

    def again(self, seed):
        """Makes it ready for another daemon, with another seed."""
        self.heal()
        for word in ("cut_at", "cut_now", "steps"):
            self[word] = 0
        self["seed"] = seed
