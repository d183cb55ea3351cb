"""A WSGI application whose client is made, and has called, before gunicorn forks. It answers with its process's number."""

import os

import breakerd

client = breakerd.Client(deadline=10, on_unavailable="deny")
api = client.breaker("api")


@api
def work():
    return os.getpid()


def fail():
    raise OSError


work()


def application(environ, start_response):
    status = "200 OK"
    try:
        if environ["PATH_INFO"] == "/fail":
            api.call(fail)
        text = str(work())
    except breakerd.Denied as denied:
        status, text = "503 Service Unavailable", denied.reason
    except OSError:
        status, text = "502 Bad Gateway", "failed"
    start_response(status, [("Content-Type", "text/plain")])
    return [text.encode()]
