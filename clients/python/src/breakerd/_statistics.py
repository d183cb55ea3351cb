from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Statistics:
    """What a client has done since it was made, or since the fork that made its process. All are counts.

    Calls that the board let pass ask nothing, and are not among the requests.
    """

    #: Questions to the daemon.
    requests: int = 0
    #: Of these, how many had no answer, or an error for one.
    unavailable: int = 0
    #: Of these, how many waited for the whole deadline.
    timeouts: int = 0
    #: Connections made.
    connections: int = 0
    #: Files of decisions opened.
    boards: int = 0
    #: Calls refused by the board, without asking.
    denied_locally: int = 0
    #: Reports written to the socket. One may tell of many calls.
    reports_sent: int = 0
    #: Reports that the daemon refused.
    reports_refused: int = 0
    #: Reports lost: the oldest of more than are kept while there is no daemon, or made when the client was closed. One may
    #: have told of many successes.
    reports_dropped: int = 0
    #: Reports that wait for a connection now.
    reports_waiting: int = 0
