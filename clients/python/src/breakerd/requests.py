"""Guards the requests of a ``requests.Session``. It needs ``requests``, as ``pip install breakerd[requests]`` brings it.

    session = requests.Session()
    session.mount("https://", breakerd.requests.BreakerAdapter(client))
"""

from __future__ import annotations

from typing import Any, Callable, Optional, Union
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from ._client import Client
from ._errors import Denied
from ._http import Guard, Naming, RefusedRequest, host_name

__all__ = ["BreakerAdapter", "RequestDenied", "is_failure"]


class RequestDenied(RefusedRequest, requests.exceptions.ConnectionError):
    """A request was refused, and not sent. ``except requests.RequestException`` catches it too, as it would an unreachable
    host. ``request`` is the request."""

    def __init__(self, denied: Denied, request: Optional[requests.PreparedRequest] = None) -> None:
        requests.exceptions.ConnectionError.__init__(self, str(denied), request=request)
        self._say(denied)


def is_failure(outcome: Union[requests.Response, Exception]) -> bool:
    """What speaks against a host unless somebody says otherwise: the statuses 500 to 599, no connection, no answer in time,
    and an answer that breaks off. Not 4xx, and not a request that could not be made at all."""
    if isinstance(outcome, requests.Response):
        return 500 <= outcome.status_code <= 599
    return isinstance(outcome, (
        requests.exceptions.ConnectionError, requests.exceptions.Timeout, requests.exceptions.RetryError,
        requests.exceptions.ChunkedEncodingError))


class BreakerAdapter(HTTPAdapter):
    """An adapter that asks a breaker before each request it sends.

    The request ends for the breaker when the headers of the response have come; what happens to the body does not count. Each
    request of a chain of redirects is one of its own; the retries of ``max_retries`` are one together.
    """

    def __init__(
        self,
        client: Client,
        name: Naming[requests.PreparedRequest] = None,
        is_failure: Callable[[Union[requests.Response, Exception]], bool] = is_failure,
        **options: Any,
    ) -> None:
        """``name`` is the name of the breaker, or a function that makes one of the request, or None of a request that is not to
        be guarded; unless it is said each host has its own, ``api.example.com``, with its port if that is not the usual one.
        ``is_failure`` says of a response, or of an exception, whether it speaks against the host. ``options`` are those of
        ``HTTPAdapter``."""
        self._guard: Guard[requests.PreparedRequest, requests.Response] = Guard(client, name, _host_name, is_failure)
        super().__init__(**options)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Sends the request, or raises :class:`RequestDenied`."""
        breaker = self._guard.breaker(request)
        if breaker is None:
            return super().send(request, *args, **kwargs)
        try:
            permit = breaker.permit()
        except Denied as denied:
            raise RequestDenied(denied, request) from denied.__cause__
        try:
            response = super().send(request, *args, **kwargs)
        except BaseException as error:
            permit.settle(error)
            raise
        self._guard.settle(permit, response, response.status_code)
        return response


def _host_name(request: requests.PreparedRequest) -> str:
    try:
        parts = urlsplit(request.url or "")
        return host_name(parts.scheme, parts.hostname or "", parts.port)
    except ValueError:
        # No URL that can be asked for; the library will say so.
        return "_"
