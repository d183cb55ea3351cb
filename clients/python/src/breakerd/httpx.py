"""Guards the requests of an ``httpx.Client`` or ``httpx.AsyncClient``. It needs ``httpx``, as ``pip install breakerd[httpx]``
brings it.

    http = httpx.Client(transport=breakerd.httpx.BreakerTransport(client))
    http = httpx.AsyncClient(transport=breakerd.httpx.AsyncBreakerTransport(client))
"""

from __future__ import annotations

from types import TracebackType
from typing import Callable, Optional, Type, Union

import httpx

from ._client import Client
from ._errors import Denied
from ._http import Guard, Naming, RefusedRequest, host_name

__all__ = ["AsyncBreakerTransport", "BreakerTransport", "RequestDenied", "is_failure"]

_IsFailure = Callable[[Union[httpx.Response, Exception]], bool]


class RequestDenied(RefusedRequest, httpx.ConnectError):
    """A request was refused, and not sent. ``except httpx.HTTPError`` catches it too, as it would an unreachable host."""

    def __init__(self, denied: Denied, request: Optional[httpx.Request] = None) -> None:
        httpx.ConnectError.__init__(self, str(denied), request=request)
        self._say(denied)


def is_failure(outcome: Union[httpx.Response, Exception]) -> bool:
    """What speaks against a host unless somebody says otherwise: the statuses 500 to 599, no connection, no answer in time,
    and an answer that breaks off. Not 4xx, not a request that could not be made at all, and not a pool of this process without
    a free connection."""
    if isinstance(outcome, httpx.Response):
        return 500 <= outcome.status_code <= 599
    return isinstance(outcome, httpx.TransportError) and not isinstance(
        outcome, (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.PoolTimeout))


class BreakerTransport(httpx.BaseTransport):
    """A transport that asks a breaker before each request that it gives to another transport.

    The request ends for the breaker when the headers of the response have come; what happens to the body does not count. Each
    request of a chain of redirects is one of its own; the retries of the other transport are one together.
    """

    def __init__(
        self,
        client: Client,
        transport: Optional[httpx.BaseTransport] = None,
        name: Naming[httpx.Request] = None,
        is_failure: _IsFailure = is_failure,
    ) -> None:
        """``transport`` is a plain ``httpx.HTTPTransport`` unless it is said; options like ``verify`` are its own. ``name`` is the
        name of the breaker, or a function that makes one of the request, or None of a request that is not to be guarded;
        unless it is said each host has its own, ``api.example.com``, with its port if that is not the usual one.
        ``is_failure`` says of a response, or of an exception, whether it speaks against the host."""
        self._guard: Guard[httpx.Request, httpx.Response] = Guard(client, name, _host_name, is_failure)
        self._transport = transport or httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request, or raises :class:`RequestDenied`."""
        breaker = self._guard.breaker(request)
        if breaker is None:
            return self._transport.handle_request(request)
        try:
            permit = breaker.permit()
        except Denied as denied:
            raise RequestDenied(denied, request) from denied.__cause__
        try:
            response = self._transport.handle_request(request)
        except BaseException as error:
            permit.settle(error)
            raise
        self._guard.settle(permit, response, response.status_code)
        return response

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> BreakerTransport:
        self._transport.__enter__()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]] = None,
        error: Optional[BaseException] = None,
        trace: Optional[TracebackType] = None,
    ) -> None:
        self._transport.__exit__(kind, error, trace)


class AsyncBreakerTransport(httpx.AsyncBaseTransport):
    """The same as :class:`BreakerTransport` for an ``httpx.AsyncClient``: where the daemon must be asked, the event loop goes
    on. A request that is cancelled does not count."""

    def __init__(
        self,
        client: Client,
        transport: Optional[httpx.AsyncBaseTransport] = None,
        name: Naming[httpx.Request] = None,
        is_failure: _IsFailure = is_failure,
    ) -> None:
        """As in :class:`BreakerTransport`; ``transport`` is an ``httpx.AsyncHTTPTransport`` unless it is said."""
        self._guard: Guard[httpx.Request, httpx.Response] = Guard(client, name, _host_name, is_failure)
        self._transport = transport or httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request, or raises :class:`RequestDenied`."""
        breaker = self._guard.breaker(request)
        if breaker is None:
            return await self._transport.handle_async_request(request)
        try:
            permit = await breaker.permit_async()
        except Denied as denied:
            raise RequestDenied(denied, request) from denied.__cause__
        try:
            response = await self._transport.handle_async_request(request)
        except BaseException as error:
            permit.settle(error)
            raise
        self._guard.settle(permit, response, response.status_code)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def __aenter__(self) -> AsyncBreakerTransport:
        await self._transport.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]] = None,
        error: Optional[BaseException] = None,
        trace: Optional[TracebackType] = None,
    ) -> None:
        await self._transport.__aexit__(kind, error, trace)


def _host_name(request: httpx.Request) -> str:
    return host_name(request.url.scheme, request.url.raw_host.decode("ascii"), request.url.port)
