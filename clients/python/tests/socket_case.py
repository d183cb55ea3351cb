"""A client whose calls are refused if they are not answered, and what it logs."""

import logging
import os

from support import Case

import breakerd


class Lines(logging.Handler):
    """Keeps what was logged."""

    def __init__(self):
        super().__init__()
        self.lines = []
        self.logger = logging.Logger("test")
        self.logger.addHandler(self)

    def emit(self, record):
        self.lines.append((record.levelname, record.getMessage()))


class SocketCase(Case):
    def setUp(self):
        super().setUp()
        self.socket = self.path("s")
        self.log = Lines()

    def denying(self, deadline=10, **options):
        return self.client(self.socket, deadline, self.log.logger, on_unavailable="deny", **options)

    def why(self, client):
        """Why a call was not answered; None: it was allowed."""
        try:
            client.breaker("api").permit().ignore()
        except breakerd.Denied as denied:
            self.assertEqual(denied.reason, "unavailable")
            return denied.__cause__.reason
        return None


class acting_as_another_user:
    """Root may open everything, so tests of what is forbidden need somebody else."""

    def __enter__(self):
        if os.geteuid() == 0:
            os.seteuid(54321)

    def __exit__(self, *_):
        if os.getuid() == 0:
            os.seteuid(0)
