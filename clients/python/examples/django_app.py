"""Django: a guarded service function, and a middleware that answers 503 with Retry-After when its breaker refuses.

    pip install django gunicorn breakerd
    gunicorn --preload --workers 4 django_app:application

In a project of many files the settings go to settings.py, the client and its breakers to a module of their own, and the
middleware to another.
"""

import math
import os
import urllib.error
import urllib.request

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

import breakerd

settings.configure(
    SECRET_KEY=os.environ.get("SECRET_KEY", "only for this example"),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[f"{__name__}.DeniedMiddleware"],
    BREAKERD={"name": "shop", "deadline": 0.05, "on_unavailable": "allow"},
    PAYMENTS_URL=os.environ.get("PAYMENTS_URL", "https://payments.example.com/"),
)

client = breakerd.Client(**settings.BREAKERD)


def is_failure(error):
    """A 4xx is the fault of who asked."""
    return not (isinstance(error, urllib.error.HTTPError) and error.code < 500)


@client.breaker("payments", is_failure=is_failure)
def ask_payments():
    with urllib.request.urlopen(settings.PAYMENTS_URL, timeout=2) as answer:
        return answer.read().decode()


class DeniedMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, error):
        if not isinstance(error, breakerd.Denied):
            return None
        response = JsonResponse({"error": str(error)}, status=503)
        if error.retry_after is not None:
            response["Retry-After"] = str(max(math.ceil(error.retry_after), 1))
        return response


def pay(request):
    try:
        return JsonResponse({"payments": ask_payments()})
    except OSError as error:
        return JsonResponse({"error": str(error)}, status=502)


urlpatterns = [path("pay", pay)]
application = get_wsgi_application()
