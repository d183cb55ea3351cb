"""The board, read from files that are what they should be, and from such as are not."""

import os
import struct
import unittest
from pathlib import Path

from support import MILLISECOND, SECOND, Case
from board_file import CLOSED, FORCED_CLOSED, FORCED_OPEN, HALF_OPEN, NO_RETRY, OBSERVE, OPEN, BoardFile
from breakerd._board import ALLOW, ASK, DENY, GONE, Board, fnv1a, generation


class HashTests(unittest.TestCase):
    def test_names_have_the_hashes_of_the_documentation(self):
        rows = [
            (0, "", 0xA8C7F832281A39C5),
            (0, "api", 0xAB4FFADB623BA927),
            (1, "api", 0xB5DBBCE48484F83C),
            (18446744073709551615, "payments-api.example.com", 0xA46686A788ABCDA0),
        ]
        for seed, name, expected in rows:
            self.assertEqual(fnv1a(seed, name.encode()), expected, name)


class OpeningTests(Case):
    def setUp(self):
        super().setUp()
        self.file = BoardFile(self.path("board"), 0)
        self.uid = os.geteuid()

    def open(self, **options):
        return Board(os.fsencode(self.path("board")), self.uid, **options)

    def test_a_whole_one_is_opened(self):
        self.assertIsNone(self.open().find(b"api"))

    def test_what_is_no_board_is_not_opened(self):
        whole = Path(self.path("board")).read_bytes()
        changed = {
            "magic": (0, b"BRKBOARX"),
            "major version": (8, struct.pack("<I", 2)),
            "header size": (16, struct.pack("<I", 8192)),
            "slot size": (20, struct.pack("<I", 64)),
            "no slots": (24, struct.pack("<Q", 0)),
            "slots that are no power of two": (24, struct.pack("<Q", 1000)),
            "more slots than there are": (24, struct.pack("<Q", 2048)),
            "slots beyond measure": (24, struct.pack("<Q", 1 << 63)),
            "file size": (56, struct.pack("<Q", 4096)),
        }
        files = {what: whole[:at] + data + whole[at + len(data) :] for what, (at, data) in changed.items()}
        files |= {"nothing": b"", "half a header": whole[:40], "only a header": whole[:4096]}
        files |= {"cut": whole[:-1], "long": whole + b"\0"}
        for what, content in files.items():
            Path(self.path("board")).write_bytes(content)
            with self.subTest(what), self.assertRaises(ValueError):
                self.open()

    def test_a_later_minor_version_is_read(self):
        with open(self.path("board"), "r+b") as file:
            file.seek(12)
            file.write(struct.pack("<I", 9))
        self.open()

    def test_what_is_no_file_is_not_opened(self):
        os.rename(self.path("board"), self.path("elsewhere"))
        with self.assertRaises(FileNotFoundError):
            self.open()
        os.symlink(self.path("elsewhere"), self.path("board"))
        with self.assertRaises(OSError):
            self.open()
        os.unlink(self.path("board"))
        # Whoever opened it to read would wait for a writer.
        os.mkfifo(self.path("board"))
        with self.assertRaises(ValueError):
            self.open()

    def test_the_board_of_another_user_is_not_opened(self):
        if self.uid != 0:
            self.skipTest("to give a file away takes root")
        os.chown(self.path("board"), 12345, -1)
        with self.assertRaises(ValueError):
            self.open()
        self.uid = 12345
        self.open()
        os.chown(self.path("board"), 0, -1)
        self.open()

    def test_the_board_of_another_run_is_not_opened(self):
        self.open(epoch=0xE)
        with self.assertRaises(ValueError):
            self.open(epoch=0xF)

    def test_no_descriptor_is_inherited(self):
        before = set(os.listdir("/proc/self/fd"))
        board = self.open()
        for number in set(os.listdir("/proc/self/fd")) - before:
            if os.path.exists(f"/proc/self/fd/{number}"):
                self.assertFalse(os.get_inheritable(int(number)))
        self.assertIsNotNone(board)


class DecidingTests(Case):
    def setUp(self):
        super().setUp()
        self.now = self.clock()
        self.file = BoardFile(self.path("board"), self.now())
        self.board = Board(os.fsencode(self.path("board")), os.geteuid())

    def verdict(self, name="api"):
        return self.board.look(self.board.find(name.encode())).verdict

    def test_each_state_decides(self):
        rows = [
            (0, ASK), (CLOSED, ALLOW), (OPEN, DENY), (HALF_OPEN, DENY), (FORCED_OPEN, DENY), (FORCED_CLOSED, ALLOW),
            (OBSERVE, ALLOW), *((state, ASK) for state in range(7, 16)),
        ]
        for state, expected in rows:
            self.file.put("api", state)
            self.assertEqual(self.verdict(), expected, state)
            self.file.put("api", state, ask=True)
            self.assertEqual(self.verdict(), ASK, state)

    def test_bits_that_mean_nothing_are_passed_over(self):
        self.file.put("api", CLOSED, generation=0xABCDEF)
        index = self.board.find(b"api")
        self.file.words[index] |= 0b111 << 5
        look = self.board.look(index)
        self.assertEqual((look.verdict, generation(look.word)), (ALLOW, 0xABCDEF))

    def test_open_is_asked_about_from_its_retry_time_on(self):
        self.file.put("api", OPEN, retry=300)
        look = self.board.look(self.board.find(b"api"))
        self.assertEqual((look.verdict, self.board.retry_after(look)), (DENY, 3.0))
        for after, expected in ((2.999999, DENY), (3.0, ASK)):
            self.now.now = self.file.base + round(after * SECOND)
            self.file.beat(self.now())
            self.assertEqual(self.verdict(), expected, after)

    def test_open_without_a_retry_time_stays_refused(self):
        self.file.put("api", OPEN, retry=NO_RETRY)
        self.now.advance(1e9)
        self.file.beat(self.now())
        look = self.board.look(self.board.find(b"api"))
        self.assertEqual((look.verdict, self.board.retry_after(look)), (DENY, None))

    def test_only_a_live_file_with_a_recent_heartbeat_decides(self):
        self.file.put("api", CLOSED)
        for age, expected in (
            (0, ALLOW), (2 * SECOND, ALLOW), (2 * SECOND + 1, GONE), (-50 * MILLISECOND, ALLOW),
            (-50 * MILLISECOND - 1, GONE), (1 << 62, GONE), (-(1 << 62), GONE),
        ):
            self.file.beat(self.now() - age)
            self.assertEqual(self.verdict(), expected, age)
        self.file.beat(self.now())
        for status in (0, 2, 3, 4, 1 << 40):
            self.file.set_status(status)
            self.assertEqual(self.verdict(), GONE, status)

    def test_names_that_collide_are_told_apart(self):
        names = [f"name-{number}" for number in range(700)]
        for number, name in enumerate(names):
            self.file.put(name, CLOSED, generation=number)
        found = 0
        for number, name in enumerate(names):
            index = self.board.find(name.encode())
            if index is not None:
                self.assertEqual(generation(self.board.look(index).word), number)
                found += 1
        self.assertGreater(found, 600)
        self.assertIsNone(self.board.find(b"another"))

    def test_a_full_board_ends_the_search(self):
        for slot in range(1024):
            self.file.words[(4096 + 128 * slot) // 8] = 12345
        self.assertIsNone(self.board.find(b"api"))

    def test_a_name_of_a_false_length_is_not_found(self):
        self.file.put("api", CLOSED)
        index = self.board.find(b"api")
        for length in (0, 2, 4, 104, 105, 0xFFFF):
            self.file.words[index + 1] = length
            self.assertIsNone(self.board.find(b"api"), length)


if __name__ == "__main__":
    unittest.main()
