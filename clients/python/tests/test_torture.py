"""Writers of a board are killed at random points, while a process reads."""

import mmap
import os
import random
import signal
import subprocess
import time
import unittest
from pathlib import Path

from support import Case, Shared
from board_file import CLOSED, FORCED_OPEN, HALF_OPEN, OPEN
from daemon_process import Daemon, needs
from scripted_server import Server

import breakerd
from breakerd import _board, _client, _state
from breakerd._board import ALLOW, GONE, Board, generation, state

PROGRAM = str(Path(Daemon.PROGRAM).parent / "board-torture")
NAMES = [f"breaker-{number}" for number in range(32)]
LOOKS, ALLOWED, FILES, CALLS = range(4)


class Progress:
    """The file in which a writer says how far it has come: whether all is over, then for each name the number of its latest
    change. Who has read a number here must find that change on the board, or a later one."""

    def __init__(self, path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(descriptor, 4096)
        self._cells = memoryview(mmap.mmap(descriptor, 4096)).cast("Q")
        os.close(descriptor)

    def __getitem__(self, name):
        return self._cells[name + 1]

    @property
    def is_over(self):
        return self._cells[0] != 0

    def end(self):
        self._cells[0] = 1


def word(name, number):
    """The word of a change: all of it follows from its number, so that a torn one would be seen."""
    ticks = (number * 31 + name) * 2_654_435_761 & 0xFFFF_FFFF
    return ticks << 32 | number << 8 | (CLOSED, OPEN, HALF_OPEN, FORCED_OPEN)[number % 4]


class Reader:
    """Looks at the file that is at the path, and at some that were; and makes calls as a program does. Raises what it should
    not have seen."""

    def __init__(self, path, socket, progress, seen):
        self.path, self.progress, self.seen = os.fsencode(path), progress, seen
        self.boards = []
        self.later = 0
        _board.clock = lambda: time.monotonic_ns() + self.later
        # No call is spared the board by time that has to pass.
        _state._UNBATCHED = _client._REOPEN = 0
        self.client = breakerd.Client(socket, deadline=10, on_unavailable="deny", logger=None)
        self.breakers = [self.client.breaker(name) for name in NAMES[:4]]

    def run(self):
        while not self.progress.is_over:
            if not self.boards or self.boards[-1][0].look(self.boards[-1][1][0]).verdict == GONE:
                self.open()
            for board in self.boards:
                for name in range(len(NAMES)):
                    self.look(name, *board)
            for name, breaker in enumerate(self.breakers):
                self.call(name, breaker)

    def open(self):
        try:
            board = Board(self.path, os.geteuid())
        except FileNotFoundError:
            return
        places = [board.find(name.encode()) for name in NAMES]
        assert None not in places, "a board in place lacks names"
        self.seen[FILES] += 1
        self.boards = [*self.boards[-3:], (board, places, [0] * len(NAMES))]

    def look(self, name, board, places, latest):
        told = self.progress[name]
        look = board.look(places[name])
        number = generation(look.word)
        self.seen[LOOKS] += 1
        if look.verdict == ALLOW:
            self.seen[ALLOWED] += 1
            assert number >= told and number % 4 == 0 and state(look.word) == CLOSED, f"{look} after change {told}"
        assert look.word == word(name, number) and number >= latest[name], f"impossible: {look} after {latest[name]}"
        latest[name] = number
        self.later = 30_000_000_000
        assert board.look(places[name]).verdict == GONE, "a stale board decides"
        self.later = 0

    def call(self, name, breaker):
        told = self.progress[name]
        try:
            breaker.call(self.check, name, told)
        except breakerd.Denied:
            return
        self.seen[CALLS] += 1

    def check(self, name, told):
        # One change may have been published and not told yet.
        now = self.progress[name] + 1
        assert now // 4 * 4 >= told, f"allowed, but not between the changes {told} and {now}"


@needs(PROGRAM)
class TortureTests(Case):
    KILLS = int(os.environ.get("BREAKERD_KILLS", "50"))

    def test_no_word_is_torn_and_no_old_file_allows_whatever_the_writer_dies_of(self):
        # It never allows: who is let pass was let pass by the board.
        Server(self, self.path("s"), b"-TAG INTERNAL not a daemon", board=self.path("board"), epoch="")
        progress = Progress(self.path("progress"))
        seen = Shared(4)
        reader = self.fork(lambda: Reader(self.path("board"), self.path("s"), progress, seen).run())
        for _ in range(self.KILLS):
            writer = subprocess.Popen([PROGRAM, "write", self.path("board"), self.path("progress")])
            # A start takes some of it.
            time.sleep(random.uniform(0, 0.05))
            writer.kill()
            self.assertEqual(writer.wait(), -signal.SIGKILL)
        progress.end()
        reader.join()
        self.assertTrue(all(seen[number] > 0 for number in range(4)), list(map(seen.__getitem__, range(4))))
        self.assertGreater(progress[0], 0)


if __name__ == "__main__":
    unittest.main()
