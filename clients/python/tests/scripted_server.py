"""A server that does as it is told."""

import contextlib
import socket
import threading


class Server:
    """Answers ``allow`` as it is told to, and keeps what it has read. What ``answer`` gives has ``TAG`` for the tag of the
    request; None: no answer ever; ``b""``: the connection is closed."""

    def __init__(self, test, path, answer=b"+TAG allow closed 77", board="", epoch="e"):
        self.answer = answer
        self.hello = f"+TAG ok version=0.1.0 epoch={epoch} role=use board={board} max_line=1024".encode()
        self.lines = []
        self.connections = 0
        self._news = threading.Condition()
        self._open = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(path)
        self._listening.listen(16)
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self.stop)

    def stop(self):
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.drop()

    def drop(self):
        """Closes all connections."""
        with self._news:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._open = []

    def send(self, data):
        with self._news:
            self._open[-1].sendall(data)

    def told(self):
        """The reports and refusals, without tags."""
        with self._news:
            return [line.partition(" ")[2] for line in self.lines if line.endswith(" quiet")]

    def wait_for(self, count):
        """The first so many reports, when they have come."""
        with self._news:
            self._news.wait_for(lambda: len(self.told()) >= count, 20)
            return self.told()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with self._news:
                self._open.append(connection)
                self.connections += 1
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError):
            for line in lines:
                text = line.decode().rstrip("\n")
                with self._news:
                    self.lines.append(text)
                    self._news.notify_all()
                if text.endswith(" quiet"):
                    continue
                tag, _, request = text.partition(" ")
                reply = self.hello if request.startswith("hello ") else self.answer
                if reply == b"":
                    return
                if reply is not None:
                    connection.sendall(reply.replace(b"TAG", tag.encode()) + (b"" if b"\n" in reply else b"\n"))
