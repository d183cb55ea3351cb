"""Checks a history: was every decision legal, and is all that was acknowledged still there?"""

import sys

import effects
import tokens
from history import History, read
from register import Register

#: Blocks of generations that fit into the 24 bits on the wire, less a few: after so many runs numbers can come again.
_RUNS_APART = 8


class Report:
    def __init__(self):
        self.wrong = []
        self.requests = self.decisions = self.acknowledged = self.unsaved = self.unanswered = 0

    def add(self, run, findings):
        self.wrong += [f"run {run}: {finding}" for finding in findings]


def check(records, probes=2):
    """A ``Report`` about the records of a history; ``probes``: how many may be out at once."""
    history, report = History(records), Report()
    states, settings, listed = {}, {}, _Events()
    earlier, numbers, jumped = [], [], False
    for number, run in enumerate(history.order):
        facts = history.runs[run]
        requests = [effects.request(record) for record in history.requests.get(run, [])]
        saved_by = _saved_by(requests)
        closes = {record[2]: record[3] for record in history.closes.get(run, [])}
        if facts.get("fresh"):
            earlier, numbers, jumped = [], [], False
            states, settings, listed = {}, {}, _Events()
        if facts.get("events_lost"):
            listed = _Events(listed.last)
        # A breaker that stays closed keeps its generation, until 24 bits do not tell that it is an earlier one.
        facts["jumped"] = jumped or number >= _RUNS_APART - 2
        jumped = jumped or not facts.get("numbered")
        report.add(run, tokens.check_run(requests, closes, probes, facts))
        known = {pair for run_before in earlier for pair in run_before}
        report.add(run, tokens.check_stale(requests, known))
        earlier = (earlier + [{(r.name, r.permit) for r in requests if r.permit}])[-_RUNS_APART:]
        report.add(run, _check_numbers(requests, facts, numbers))
        report.add(run, _check_states(history, run, requests, saved_by, states))
        report.add(run, _check_settings(history, run, requests, saved_by, settings))
        report.add(run, listed.check(history.events.get(run, []), requests, saved_by, facts["end"]))
        _count(report, requests, saved_by, facts["end"])
    return report


def _count(report, requests, saved_by, end):
    for request in requests:
        report.requests += 1
        report.decisions += request.verb in ("allow", "board") and request.received is not None
        report.unanswered += request.reply is None
        for effect in effects.of_state(request, end, saved_by) + [e for _, e in effects.of_settings(request, end, saved_by)]:
            if effect.sure and not effect.seen:
                if effect.saved:
                    report.acknowledged += 1
                elif request.is_unsaved:
                    report.unsaved += 1
                break


def _saved_by(requests):
    """Whether a ``sync`` says that what was answered at a time is saved."""
    sent = max((r.sent for r in requests if r.verb == "sync" and r.reply == "+ok"), default=-1)
    return lambda received: received < sent


def _check_numbers(requests, facts, numbers):
    """Generations go on from run to run; ``numbers``: those of the runs before."""
    own, wrong = tokens.generations(requests), []
    for before in numbers:
        again = own & before
        if again:
            wrong.append(f"generations of an earlier run are given again: {sorted(again)[:5]}")
    if facts.get("numbered") and numbers and numbers[-1] and own:
        # Circular: from any one of the run before.
        for generation in own:
            if any(not tokens.is_later(generation, than) for than in numbers[-1]):
                wrong.append(f"generation {generation} is not after those of the run before")
                break
    if facts.get("numbered"):
        numbers.append(own)
    else:
        numbers.clear()
    del numbers[:-_RUNS_APART]
    return wrong


def _seen(sent, received, value, saved, what):
    return effects.Effect(sent, received, frozenset({value}), True, True, saved, False, what)


def _check_states(history, run, requests, saved_by, states):
    facts = history.runs[run]
    found = {}
    for request in requests:
        for effect in effects.of_state(request, facts["end"], saved_by):
            found.setdefault(request.name, []).append(effect)
    for _, _, sent, received, shown in history.lists.get(run, []):
        for name in states.keys() | found.keys() | shown.keys():
            state = effects.CLASSES[shown[name]] if name in shown else "A"
            what = f"shown after the start as {shown.get(name, 'absent')}"
            found.setdefault(name, []).append(_seen(sent, received, state, facts["healthy"], what))
    wrong = []
    for name in states.keys() | found.keys():
        register = states.setdefault(name, Register("A"))
        own = found.get(name, [])
        # Before its store is open a daemon does not know better.
        own = [effect for effect in own if not effect.seen] if facts.get("late") else own
        for effect, before in register.check_run(own, facts["end"]):
            wrong.append(f"{name}: {effect.what}, after {before}")
    return wrong


def _check_settings(history, run, requests, saved_by, settings):
    facts = history.runs[run]
    found = {}
    pairs = [(r.name, key, effect) for r in requests for key, effect in effects.of_settings(r, facts["end"], saved_by)]
    keys = {key for _, key in settings} | {key for _, key, _ in pairs if key}
    for name, key, effect in pairs:
        for each in [key] if key else keys:
            found.setdefault((name, each), []).append(effect)
    for _, _, sent, received, name, shown in history.settings.get(run, []):
        for key in keys | shown.keys():
            what = f"shown after the start with {key}={shown.get(key)}"
            found.setdefault((name, key), []).append(_seen(sent, received, shown.get(key), facts["healthy"], what))
    wrong = []
    for place in settings.keys() | found.keys():
        register = settings.setdefault(place, Register(None))
        for effect, before in register.check_run(found.get(place, []), facts["end"]):
            wrong.append(f"{place[0]}: {effect.what}, after {before}")
    return wrong


class _Events:
    """The events of all runs so far, and the acts that must be among them."""

    def __init__(self, last=-1):
        self.rows, self.last = {}, last
        self.acts, self.trips = [], []

    def check(self, lists, requests, saved_by, end):
        wrong = []
        for _, _, sent, _, since, rows in lists:
            numbers = [int(row["seq"]) for row in rows]
            if numbers != sorted(set(numbers)):
                wrong.append("numbers of events are not in order, or come twice")
            if since < self.last and any(n <= self.last and n not in self.rows for n in numbers):
                wrong.append("an event has a number below those that were known")
            for number, row in zip(numbers, rows):
                if self.rows.setdefault(number, row) != row:
                    wrong.append(f"event {number} was {self.rows[number]}, and is {row}")
            self.last = max([self.last, *numbers])
            wrong += self._missing(sent, requests, saved_by, end)
        self._collect(requests, FOREVER_TIME, saved_by, end)
        return wrong

    def _collect(self, requests, before, saved_by, end):
        for request in requests:
            if request.received is None or request.received >= before:
                continue
            reason = next((word[4:] for word in request.arguments if word.startswith("why=")), None)
            if reason and request.reply.startswith("+ok 1") and (not request.is_unsaved or saved_by(request.received)):
                self.acts.append((reason, request))
            for effect in effects.of_state(request, end, saved_by):
                if request.verb == "report" and effect.saved and effect.sure and "O" in effect.values:
                    self.trips.append(request.name)

    def _missing(self, sent, requests, saved_by, end):
        """Acts answered before the events were asked for, of earlier runs and of this one, that have no event."""
        early = _Events()
        early._collect(requests, sent, saved_by, end)
        told = {(row.get("why"), row["name"], row["event"]) for row in self.rows.values() if row.get("uid")}
        opened, wrong = {}, []
        for row in self.rows.values():
            if row.get("event") == "transition" and row.get("to") == "open":
                opened[row["name"]] = opened.get(row["name"], 0) + 1
        acts = self.acts + early.acts
        for reason, request in acts:
            if not any((reason, request.name, event) in told for event in ("transition", request.verb)):
                wrong.append(f"no event of {request.verb} {request.name} why={reason} -> {request.reply}")
        self.acts = []
        trips = self.trips + early.trips
        for name in set(trips):
            if trips.count(name) > opened.get(name, 0):
                wrong.append(f"{name}: {trips.count(name)} acknowledged trips, {opened.get(name, 0)} events")
        return wrong


FOREVER_TIME = effects.FOREVER


if __name__ == "__main__":
    result = check(read(sys.argv[1:]))
    print("\n".join(result.wrong[:50]))
    print(f"{result.requests} requests, {result.acknowledged} acknowledged changes, {len(result.wrong)} wrong")
    sys.exit(bool(result.wrong))
