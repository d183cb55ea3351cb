"""A board, written by hand."""

import mmap
import os
import struct

import support  # noqa: F401, it says where the client is
from breakerd._board import fnv1a

CLOSED, OPEN, HALF_OPEN, FORCED_OPEN, FORCED_CLOSED, OBSERVE = range(1, 7)
NO_RETRY = 0xFFFF_FFFF


class BoardFile:
    """A board, written by hand."""

    def __init__(self, path, now, slots=1024, seed=7, epoch=0xE):
        self.path, self.slots, self.seed, self.base = path, slots, seed, now
        size = 4096 + 128 * slots
        header = struct.pack("<8sIIIIQQQQQ", b"BRKBOARD", 1, 0, 4096, 128, slots, seed, epoch, self.base, size)
        with open(path + ".new", "w+b") as file:
            file.truncate(size)
            file.write(header)
            file.flush()
            self._memory = mmap.mmap(file.fileno(), size)
        self.words = memoryview(self._memory).cast("Q")
        self.set_status(1)
        self.beat(now)
        os.rename(path + ".new", path)

    def set_status(self, status):
        self.words[16] = status

    def beat(self, now):
        self.words[24] = now & 0xFFFF_FFFF_FFFF_FFFF

    def put(self, name, state, generation=77, ask=False, retry=NO_RETRY, slow_ms=0):
        """Publishes a word; ``retry`` is in ticks since base."""
        offset = self._slot(name)
        self.words[offset // 8 + 1] = retry << 32 | (generation & 0xFF_FFFF) << 8 | ask << 4 | state
        self.words[offset // 8 + 2] = slow_ms << 32 | len(name)
        self._memory[offset + 24 : offset + 24 + len(name)] = name.encode()
        self.words[offset // 8] = fnv1a(self.seed, name.encode())

    def _slot(self, name):
        hash = fnv1a(self.seed, name.encode())
        for step in range(self.slots):
            offset = 4096 + 128 * (hash + step & self.slots - 1)
            if self.words[offset // 8] == 0 or self._memory[offset + 24 : offset + 128].rstrip(b"\0") == name.encode():
                return offset
        raise AssertionError("the board is full")
