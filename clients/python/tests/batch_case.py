"""A client that batches, by a board and a clock that do as they are told."""

from support import Case
from board_file import CLOSED, BoardFile
from scripted_server import Server


class BatchCase(Case):
    """A server with a board on which ``api`` is closed, and a client that has seen that for more than a second."""

    def setUp(self):
        super().setUp()
        self.now = self.clock()
        self.board = BoardFile(self.path("board"), self.now())
        self.board.put("api", CLOSED)
        self.server = Server(self, self.path("s"), board=self.path("board"))
        self.api_client = self.client(self.path("s"))
        self.api = self.api_client.breaker("api")
        # The first call asks, and learns where the board is; the second begins the generation.
        self.api.permit().ignore()
        self.api.permit().ignore()

    def pass_time(self, seconds):
        self.now.advance(seconds)
        self.board.beat(self.now())

    def succeed(self, times=1):
        for _ in range(times):
            self.api.call(lambda: None)

    def fail_call(self, error=OSError):
        with self.assertRaises(error):
            self.api.call(self.raise_error, error)

    @staticmethod
    def raise_error(error):
        raise error

    def take(self, count):
        """What was told, once there are so many lines, and forgets it."""
        told = self.server.wait_for(count)
        self.server.lines.clear()
        return told
