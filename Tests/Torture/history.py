"""What load generators and observers write down, one JSON array a line. All times are monotonic, in nanoseconds.

    ["q", run, connection, sent, received or null, request, reply or null]    a request and its reply
    ["c", run, connection, time]                   the connection is about to be closed by its client
    ["l", run, sent, received, {name: state}]      all breakers that there are, asked for before any load
    ["s", run, sent, received, name, {key: value}] what is set of a breaker, asked for before any load
    ["e", run, sent, received, since, [{...}]]     events after a number
    ["run", run, begin, end, {facts}]              a life of the daemon

A run is known by the epoch of the daemon, which is another with each start. The facts of a run: ``healthy``, its store
was well when it was looked at; ``numbered``, its numbers come from the store; ``late``, its store was not open when it began to serve; ``fresh``,
nothing of before is there; ``events_lost``, the events of before are gone.
"""

import json
import threading
from time import monotonic_ns as now


class Writer:
    """Appends records to a file; for many threads."""

    def __init__(self, path):
        self._file = open(path, "a")
        self._lock = threading.Lock()

    def write(self, record):
        line = json.dumps(record, separators=(",", ":")) + "\n"
        with self._lock:
            self._file.write(line)

    def flush(self):
        with self._lock:
            self._file.flush()

    def close(self):
        with self._lock:
            self._file.close()


class Recorder:
    """Asks over a connection, and writes all down."""

    def __init__(self, line, writer, run, connection):
        self.line, self.writer, self.run, self.connection = line, writer, run, connection

    def ask(self, request):
        sent = now()
        try:
            reply = self.line.ask(request)
        except Exception:
            self.writer.write(["q", self.run, self.connection, sent, None, request, None])
            raise
        self.writer.write(["q", self.run, self.connection, sent, now(), request, reply])
        return reply

    def close(self):
        self.writer.write(["c", self.run, self.connection, now()])
        self.line.close()


def read(paths):
    """The records of several files. A last line that was cut off is left out."""
    records = []
    for path in paths:
        with open(path) as file:
            for line in file:
                if line.endswith("\n"):
                    records.append(json.loads(line))
    return records


class History:
    """Records, put in order by run."""

    def __init__(self, records):
        self.runs = {}
        self.requests, self.closes, self.lists, self.settings, self.events = {}, {}, {}, {}, {}
        kinds = {"q": self.requests, "c": self.closes, "l": self.lists, "s": self.settings, "e": self.events}
        ends = {}
        for record in records:
            kind, run = record[0], record[1]
            if kind == "run":
                self.runs[run] = {"begin": record[2], "end": record[3], **record[4]}
            else:
                kinds[kind].setdefault(run, []).append(record)
                ends[run] = max(ends.get(run, 0), *(value for value in record[2:5] if isinstance(value, int)))
        # Requests of which nobody knows when they were given up.
        for run, facts in self.runs.items():
            facts["end"] = max(facts["end"], ends.get(run, 0))
        self.order = sorted(self.runs, key=lambda run: self.runs[run]["begin"])
        for lists in kinds.values():
            for rows in lists.values():
                rows.sort(key=lambda record: record[3] if record[0] == "q" else record[2])
