"""Flask: each worker asks the same breakers, and answers 503 with Retry-After while the dependency is down.

    pip install flask gunicorn 'breakerd[requests]'
    gunicorn --preload --workers 4 flask_app:app
"""

import math
import os

import flask
import requests

import breakerd
from breakerd.requests import BreakerAdapter

PAYMENTS = os.environ.get("PAYMENTS_URL", "https://payments.example.com/")

# Made once, before gunicorn forks: every worker goes on with it.
client = breakerd.Client(name="shop")
session = requests.Session()
session.mount(PAYMENTS, BreakerAdapter(client, "payments"))

app = flask.Flask(__name__)


@app.get("/pay")
def pay():
    answer = session.get(PAYMENTS, timeout=2)
    answer.raise_for_status()
    return {"payments": answer.text}


@app.errorhandler(breakerd.Denied)
def denied(error):
    response = flask.jsonify(error=str(error))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(max(math.ceil(error.retry_after), 1))
    return response, 503


@app.errorhandler(requests.RequestException)
def failed(error):
    return {"error": str(error)}, 502
