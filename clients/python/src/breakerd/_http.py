"""What the adapters of HTTP libraries share."""

from __future__ import annotations

import re
from typing import Any, Callable, Generic, Optional, Tuple, TypeVar, Union

from ._breaker import Breaker
from ._client import Client
from ._errors import Denied
from ._permit import Permit

Request = TypeVar("Request")
Response = TypeVar("Response")

#: Which breaker a request belongs to: one for all; or what a function makes of the request, None for a request that is not
#: guarded; or, if this is None, that of the host.
Naming = Union[str, Callable[[Request], Optional[str]], None]

_PORTS = {"http": 80, "https": 443}
_NOT_OF_NAMES = re.compile(r"[^A-Za-z0-9._:/@-]")


class RefusedRequest(Denied):
    """A refusal that is an error of an HTTP library as well, and is made as that library makes its errors."""

    def _say(self, denied: Denied) -> None:
        self.reason = denied.reason
        self.retry_after = denied.retry_after
        self.name = denied.name

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (Denied(self.reason, self.retry_after, self.name),)


class Guard(Generic[Request, Response]):
    """Finds the breaker of a request, and tells how the request ended. A name that no breaker can have raises
    :class:`InvalidName`, here if it is given, else when the request is made."""

    def __init__(
        self,
        client: Client,
        name: Naming[Request],
        host_name: Callable[[Request], str],
        is_failure: Callable[[Union[Response, Exception]], bool],
    ) -> None:
        self._client = client
        self._name = name if callable(name) else host_name
        self._is_failure = is_failure
        self._only = client.breaker(name, is_failure=is_failure) if isinstance(name, str) else None

    def breaker(self, request: Request) -> Optional[Breaker]:
        """None: this request is not guarded."""
        if self._only is not None:
            return self._only
        name = self._name(request)
        return None if name is None else self._client.breaker(name, is_failure=self._is_failure)

    def settle(self, permit: Permit, response: Response, status: int) -> None:
        """The headers of a response have come."""
        is_failure = True
        try:
            is_failure = self._is_failure(response)
        finally:
            if is_failure:
                permit.fail(f"http-{status}")
            else:
                permit.ok()


def host_name(scheme: str, host: str, port: Optional[int]) -> str:
    """The name of a host's breaker: the host in lower case, and the port if it is not the usual one. What a name cannot have,
    like the brackets of an address, becomes ``_``."""
    name = host.lower()
    if ":" in name:
        name = f"[{name}]"
    if port is not None and port != _PORTS.get(scheme):
        name += f":{port}"
    name = _NOT_OF_NAMES.sub("_", name)[:100]
    return name if name[:1].isalnum() else f"_{name[1:]}"
