"""Histories of a daemon that makes no mistakes, to try the checker on."""

import random

MILLISECOND = 1_000_000


class Simulated:
    """A small daemon in virtual time, asked by a few clients one after the other; several lives of it."""

    def __init__(self, seed, lives=4, steps=600, names=6):
        self.random = random.Random(seed)
        self.records, self.events, self.now = [], [], 0
        self.generation, self.sequence, self.number = 5 << 20, 1000, 0
        self.names = [f"n{i}" for i in range(names)]
        self.breakers, self.permits = {}, []
        for life in range(lives):
            self._live(f"run{life}", steps)

    def _live(self, run, steps):
        self.run, begin = run, self.now
        self.generation += 1 << 20
        self.clients = [f"{run}.c{i}" for i in range(3)]
        for breaker in self.breakers.values():
            if breaker["state"] in ("open", "half-open"):
                self._become(breaker, "half-open")
        self._look()
        for _ in range(steps):
            self._step()
        # The last request of each has no reply; half of them were done.
        for client in self.clients:
            name, sent = self.random.choice(self.names[:2]), self._tick()
            if self.random.random() < 0.5:
                self._do("force", name, ["open"], client)
            self.records.append(["q", run, client, sent, None, f"force {name} open", None])
        self.records.append(["run", run, begin, self._tick(), {"healthy": True, "numbered": True}])

    def _tick(self):
        self.now += self.random.randrange(1, 5) * MILLISECOND
        return self.now

    def _look(self):
        shown = {name: breaker["state"] for name, breaker in self.breakers.items()}
        self.records.append(["l", self.run, self._tick(), self._tick(), shown])
        for name, breaker in self.breakers.items():
            self.records.append(["s", self.run, self._tick(), self._tick(), name, dict(breaker["set"])])
        self.records.append(["e", self.run, self._tick(), self._tick(), 0, [dict(row) for row in self.events]])
        for name, token in self.permits[-3:]:
            if name in self.breakers:
                self._record("observer", f"report {name} fail {token}", "+ok stale")
        self.permits = []

    def _record(self, client, request, reply):
        self.records.append(["q", self.run, client, self._tick(), self._tick(), request, reply])

    def _step(self):
        name, client = self.random.choice(self.names), self.random.choice(self.clients)
        verb = self.random.choices(
            ["allow", "report", "state", "force", "release", "reset", "forget", "set", "unset"], [12, 6, 2, 1, 2, 3, 1, 2, 1])[0]  # fmt: skip
        self.number += 1
        why = f"why=w{self.number}"
        arguments = {"report": ["fail"], "force": [self.random.choice(["open", "closed"]), why], "release": [why], "reset": [why],
                     "forget": [why], "set": [f"half_open.lease={self.random.randrange(31, 35)}s", why],
                     "unset": ["half_open.lease"]}.get(verb, [])  # fmt: skip
        # The act happens between the two times.
        sent = self._tick()
        reply = self._do(verb, name, arguments, client)
        self.records.append(["q", self.run, client, sent, self._tick(), " ".join([verb, name, *arguments]), reply])
        if reply.startswith("+allow half-open") and self.random.random() < 0.8:
            token = reply.split(" ")[2]
            sent = self._tick()
            outcome = self.random.choice(["ok", "fail"])
            answer = self._settle(name, token, outcome)
            self.records.append(["q", self.run, client, sent, self._tick(), f"report {name} {outcome} {token}", answer])

    def _event(self, name, event, **more):
        self.sequence += 1
        actor = {"uid": "0"} if "why" in more else {}
        self.events.append({"seq": str(self.sequence), "name": name, "event": event, **actor, **more})

    def _become(self, breaker, state):
        self.generation += 1
        breaker.update(state=state, generation=self.generation, out=[], until=self.now + 60 * MILLISECOND)

    def _breaker(self, name):
        if name not in self.breakers:
            self.breakers[name] = {"set": {}}
            self._become(self.breakers[name], "closed")
        return self.breakers[name]

    def _do(self, verb, name, arguments, client):
        known = self.breakers.get(name)
        if known and known["state"] == "open" and self.now >= known["until"]:
            self._become(known, "half-open")
        if verb == "state":
            return f"+ok {known['state']}" if known else "-UNKNOWN_NAME no such breaker"
        reason = {"why": arguments[-1][4:]} if arguments and arguments[-1].startswith("why=") else {}
        if verb in ("release", "reset", "forget", "unset") and not known:
            return "-UNKNOWN_NAME no such breaker" if verb == "unset" else "+ok 0"
        breaker = self._breaker(name)
        if verb == "allow":
            return self._allow(name, breaker)
        if verb == "report":
            if breaker["state"] == "closed":
                self._become(breaker, "open")
                self._event(name, "transition", to="open")
                return "+ok open retry_ms=60"
            return "+ok stale" if breaker["state"] in ("open", "half-open") else f"+ok {breaker['state']}"
        if verb == "force":
            self._become(breaker, f"forced-{arguments[0]}")
        elif verb == "release":
            if not breaker["state"].startswith("forced"):
                return "+ok 0"
            self._become(breaker, "half-open" if breaker["state"] == "forced-open" else "closed")
        elif verb == "reset":
            self._become(breaker, "closed")
        elif verb == "forget":
            del self.breakers[name]
        elif verb == "set":
            key, _, value = arguments[0].partition("=")
            breaker["set"][key] = value
        elif verb == "unset":
            if not breaker["set"]:
                return "+ok 0"
            breaker["set"].clear()
        self._event(name, verb, **reason)
        return "+ok 1"

    def _allow(self, name, breaker):
        state = breaker["state"]
        if state == "half-open":
            # No lease of this history ends, so a permit that is never settled stays out.
            if len(breaker["out"]) >= 2:
                return "+deny half-open retry_ms=100000"
            self.number += 1
            token = f"{breaker['generation'] & 0xFFFFFF}.{self.number}"
            breaker["out"].append(token)
            self.permits.append((name, token))
            return f"+allow half-open {token} lease_ms=100000"
        if state == "open":
            return f"+deny open retry_ms={max((breaker['until'] - self.now) // MILLISECOND, 1)}"
        if state == "forced-open":
            return "+deny forced-open"
        return f"+allow {state} {breaker['generation'] & 0xFFFFFF}"

    def _settle(self, name, token, outcome):
        breaker = self.breakers.get(name)
        if breaker is None or token not in breaker.get("out", []):
            return "+ok stale"
        self._become(breaker, "closed" if outcome == "ok" else "open")
        self._event(name, "transition", to=breaker["state"])
        return "+ok closed" if outcome == "ok" else "+ok open retry_ms=60"
