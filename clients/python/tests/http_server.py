"""A real HTTP server on the loopback interface that answers as the path says."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.paths.append(self.path)
        kind, _, rest = self.path.lstrip("/").partition("/")
        if kind == "drop":
            self.close_connection = True
            return
        if kind == "hang":
            self.server.stopped.wait(60)
            self.close_connection = True
            return
        statuses = {"status": rest, "redirect": 302, "current": self.server.status}
        self.send_response(int(statuses.get(kind, 200)))
        if kind == "redirect":
            self.send_header("Location", "/status/200")
        self.send_header("Content-Length", "1000" if kind == "cut" else "2")
        self.end_headers()
        self.wfile.write(b"ok")
        if kind == "cut":
            self.close_connection = True

    def log_message(self, *_):
        pass


class HTTPServer(ThreadingHTTPServer):
    """``/status/503`` and the like, ``/drop`` closes without an answer, ``/hang`` never answers, ``/redirect`` leads to
    ``/status/200``, ``/cut`` breaks off in the body, ``/current`` has ``status``. ``paths`` is what was asked for."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self, test):
        self.paths = []
        self.status = 200
        self.stopped = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        thread = threading.Thread(target=self.serve_forever, args=[0.01], daemon=True)
        thread.start()
        test.addCleanup(self.server_close)
        test.addCleanup(self.shutdown)
        test.addCleanup(self.stopped.set)

    @property
    def host(self):
        """As in a URL, and as in the name of a breaker."""
        return f"127.0.0.1:{self.server_port}"

    def url(self, path):
        return f"http://{self.host}/{path}"
