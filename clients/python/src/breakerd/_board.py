"""Reads the board, the file on which the daemon publishes its decisions (docs/board.md).

A word must be read by one aligned load of 64 bits. ``memoryview(...).cast("Q")[i]`` is that: CPython's
``unpack_single`` copies eight bytes by a ``memcpy`` of constant size, which every compiler makes one load
instruction on x86-64 and aarch64, and the mapping and the offsets are aligned. ``struct`` would not do: with a byte
order given it puts a number together byte by byte. Nor would a slice, whose copy has no constant size.

The order of loads is: word, clock, status, heartbeat. x86-64 keeps it. On aarch64 the processor may load earlier what
comes later in the program; there the clock stands between them, which the system's own code reads behind a load
barrier (``dmb ishld``). With the clock read before the heartbeat, a decision holds at the time of that reading, which
lies within the call.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
import sys
from time import monotonic_ns as clock
from typing import NamedTuple, Optional

_HEADER = struct.Struct("<8sIIIIQQQQQ")
_HEADER_SIZE = 4096
_SLOT_SIZE = 128
_LONGEST_PROBE = 32
_LONGEST_NAME = 104
_TICK = 10_000_000
_NO_RETRY = 0xFFFF_FFFF
_ASK_BIT = 16

#: Where status and heartbeat are, counted in words of eight bytes.
STATUS = 16
HEARTBEAT = 24
#: The status of a file that may be decided by.
ALIVE = 1
#: How long a heartbeat is good for, in nanoseconds, and how far in the future it may lie.
FRESH = 2_000_000_000
AHEAD = 50_000_000

ASK, ALLOW, DENY, GONE = range(4)

#: What a state decides; open depends on the time.
_VERDICTS = {1: ALLOW, 2: DENY, 3: DENY, 4: DENY, 5: ALLOW, 6: ALLOW}
#: What a refusal is called.
REASONS = {2: "open", 3: "half-open", 4: "forced-open"}


class Look(NamedTuple):
    """What one look at a breaker has shown."""

    verdict: int
    word: int
    now: int
    heartbeat: int


def state(word: int) -> int:
    return word & 15


def generation(word: int) -> int:
    return word >> 8 & 0xFF_FFFF


class Board:
    """One file, mapped. It stays mapped as long as anything refers to its words."""

    __slots__ = ("words", "_bytes", "_slots", "_seed", "_base")

    def __init__(self, path: bytes, owner: int, epoch: Optional[int] = None) -> None:
        """Maps the file at ``path``, which must belong to ``owner`` or root: who owns a file can cut it short while it is
        mapped, and reading it then ends the process. ``epoch`` is that of the daemon, if it has said so: a board of another
        run is none to go by.

        Raises ``OSError`` if it cannot be opened, ``ValueError`` if it is no board that can be read here.
        """
        if sys.byteorder != "little":
            raise ValueError("a board is little-endian, this machine is not")
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("no ordinary file")
            if status.st_uid not in (0, owner):
                raise ValueError(f"it belongs to uid {status.st_uid}, not to the daemon's, {owner}")
            header = os.pread(descriptor, _HEADER.size, 0)
            if len(header) < _HEADER.size:
                raise ValueError("too short")
            magic, major, _, header_size, slot_size, slots, seed, its_epoch, base, size = _HEADER.unpack(header)
            if magic != b"BRKBOARD" or (major, header_size, slot_size) != (1, _HEADER_SIZE, _SLOT_SIZE):
                raise ValueError("no board of version 1")
            if slots == 0 or slots & (slots - 1) or size != _HEADER_SIZE + _SLOT_SIZE * slots or size != status.st_size:
                raise ValueError("its sizes do not agree")
            if epoch is not None and epoch != its_epoch:
                raise ValueError("it is of another run of the daemon")
            mapping = mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ)
        finally:
            os.close(descriptor)
        self._bytes = memoryview(mapping)
        self.words = self._bytes.cast("Q")
        self._slots: int = slots
        self._seed: int = seed
        self._base: int = base

    def find(self, name: bytes) -> Optional[int]:
        """The index of a name's word in :attr:`words`; the next one holds its slow_ms in the upper half. None: it has no
        slot, or not yet."""
        wanted = fnv1a(self._seed, name)
        for step in range(_LONGEST_PROBE):
            offset = _HEADER_SIZE + _SLOT_SIZE * ((wanted + step) & (self._slots - 1))
            found = self.words[offset >> 3]
            if found == 0:
                return None
            if found == wanted and self._name(offset) == name:
                return (offset >> 3) + 1
        return None

    def _name(self, offset: int) -> bytes:
        length = min(self.words[(offset >> 3) + 2] & 0xFFFF, _LONGEST_NAME)
        return bytes(self._bytes[offset + 24 : offset + 24 + length])

    def look(self, index: int) -> Look:
        """Decides by the word at an index that :meth:`find` gave."""
        word = self.words[index]
        now = clock()
        status = self.words[STATUS]
        heartbeat = self.words[HEARTBEAT]
        if status != ALIVE or not -AHEAD <= now - heartbeat <= FRESH:
            return Look(GONE, word, now, heartbeat)
        verdict = ASK if word & _ASK_BIT else _VERDICTS.get(state(word), ASK)
        if state(word) == 2 and word >> 32 != _NO_RETRY and now >= self._retry_time(word):
            verdict = ASK
        return Look(verdict, word, now, heartbeat)

    def retry_after(self, look: Look) -> Optional[float]:
        """In how many seconds to ask again about what was refused; None: nobody knows."""
        if look.word >> 32 == _NO_RETRY:
            return None
        return max(self._retry_time(look.word) - look.now, 0) / 1e9

    def _retry_time(self, word: int) -> int:
        return self._base + (word >> 32) * _TICK

    def slow_ms(self, index: int) -> int:
        """From how many milliseconds on a call is slow; 0: none is."""
        return self.words[index + 1] >> 32


def fnv1a(seed: int, name: bytes) -> int:
    """The hash of a name on a board with this seed."""
    value = 0xCBF2_9CE4_8422_2325
    for byte in seed.to_bytes(8, "little") + name:
        value = (value ^ byte) * 0x100_0000_01B3 & 0xFFFF_FFFF_FFFF_FFFF
    return value or 1
