"""Circuit breakers shared by all processes of a host: the client of the breakerd daemon.

    client = breakerd.Client()
    api = client.breaker("api")
    answer = api.call(fetch, "https://api.example.com/")
"""

from ._breaker import Breaker
from ._client import Client
from ._errors import BreakerdError, Denied, InvalidName, Unavailable
from ._local import Local
from ._permit import Permit
from ._statistics import Statistics
from ._version import __version__

__all__ = [
    "Breaker", "BreakerdError", "Client", "Denied", "InvalidName", "Local", "Permit", "Statistics", "Unavailable",
    "__version__",
]
