#!/usr/bin/env python3
"""A server that is well or ill as it is told: what all the examples call.

    upstream.py PORT        GET / works, or fails; POST /break and POST /mend say which; GET /count says how often it was called
"""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Upstream(BaseHTTPRequestHandler):
    is_well = True
    calls = 0

    def do_GET(self):
        if self.path == "/count":
            return self.answer(200, str(Upstream.calls))
        Upstream.calls += 1
        if Upstream.is_well:
            self.answer(200, "fresh data")
        else:
            self.answer(503, "I am ill")

    def do_POST(self):
        Upstream.is_well = self.path == "/mend"
        self.answer(200, "as you say")

    def answer(self, status, text):
        body = (text + "\n").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Upstream).serve_forever()
