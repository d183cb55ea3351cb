"""A Flask application behind gunicorn with four workers. They share nothing, but the breaker."""

import os
import urllib.error
import urllib.request

import breakerd
from flask import Flask

UPSTREAM = os.environ["UPSTREAM"]

app = Flask(__name__)
# Made once, before the workers are forked; each goes on with a connection of its own.
client = breakerd.Client(name="flask")
upstream = client.breaker("upstream")


@upstream
def fetch():
    with urllib.request.urlopen(UPSTREAM, timeout=2) as answer:
        return answer.read()


@app.get("/")
def page():
    return b"flask has " + fetch()


@app.errorhandler(breakerd.Denied)
def denied(error):
    return f"flask: not now, {error.reason}\n", 503, {"Retry-After": str(round(error.retry_after or 1) or 1)}


@app.errorhandler(urllib.error.HTTPError)
def failed(error):
    return f"flask: upstream said {error.code}\n", 502
