"""Whether generations and permits were what they should be."""

from bisect import bisect_left

from effects import CLASSES, FOREVER

_HALF = 1 << 23
_MASK = (1 << 24) - 1
MILLISECOND = 1_000_000

#: Verbs that can end an episode of a breaker, or begin another.
_MOVERS = ("reset", "force", "release", "forget", "set", "unset")


def is_later(generation, than):
    """Whether a generation of 24 bits is later than another that is not long ago."""
    return 0 < (generation - than & _MASK) < _HALF


def _by_name(requests):
    names = {}
    for request in requests:
        names.setdefault(request.name, []).append(request)
    return names


def _end(request):
    return request.received if request.received is not None else FOREVER


def check_run(requests, closes, probes, facts):
    """What was wrong within one run. Where the store did not give numbers at the start they jump once it does, and 24 bits do
    not tell forward from back; where it was open late, what it held came when others had been told otherwise."""
    wrong, owners = [], {}
    for name, own in _by_name(requests).items():
        wrong += _check_probes(name, own, closes, probes) + _check_settled_once(name, own)
        if facts.get("numbered") and not facts.get("jumped"):
            wrong += _check_permits(name, own)
        if facts.get("numbered"):
            wrong += _check_order(name, own, facts.get("jumped"))
        if not facts.get("late"):
            wrong += _check_retry(name, own)
        for request in own:
            if request.generation is None or request.state is None:
                continue
            owner = (name, request.state)
            before = owners.setdefault(request.generation, owner)
            if before != owner:
                wrong.append(f"generation {request.generation} is that of {before} and of {owner}")
    return wrong


def _check_order(name, own, jumped):
    """A generation that was answered before a request was sent is not later than the one it gets. ``jumped``: the first that
    a breaker has may be of an earlier run, far before a jump."""
    told = sorted((r for r in own if r.generation is not None and r.received), key=lambda r: r.received)
    asked = sorted(told, key=lambda r: r.sent)
    if jumped and told:
        told = [r for r in told if r.generation != told[0].generation]
    wrong, newest, index = [], None, 0
    for request in asked:
        while index < len(told) and told[index].received < request.sent:
            if newest is None or is_later(told[index].generation, newest):
                newest = told[index].generation
            index += 1
        if newest is not None and is_later(newest, request.generation):
            wrong.append(f"{name}: generation {request.generation} after {newest}")
    return wrong


def _check_probes(name, own, closes, probes):
    """At no moment more permits are out than there may be. Counted from the reply that gives one to the first request that
    could end it."""
    ends = sorted(
        r.sent for r in own if r.verb in _MOVERS or r.verb == "report" and (r.token is None or "." in r.token)
    )
    under_way = [r for r in own if r.verb in _MOVERS or r.verb == "report" and (r.token is None or "." in r.token)]
    spans = []
    for grant in own:
        if not grant.permit or grant.received is None:
            continue
        # An act that is still under way when the permit comes could end it as well.
        if any(r.sent <= grant.received and _end(r) >= grant.sent for r in _near(under_way, grant)):
            continue
        lease = next((int(w[9:]) for w in grant.reply.split(" ") if w.startswith("lease_ms=")), 0)
        limit = grant.sent + (lease - 1) * MILLISECOND
        after = next((sent for sent in _from(ends, grant.received)), FOREVER)
        spans.append((grant.received, min(limit, after, closes.get(grant.connection, FOREVER))))
    moments = sorted([(a, 1) for a, b in spans if a < b] + [(b, -1) for a, b in spans if a < b])
    out = most = 0
    for _, change in moments:
        out += change
        most = max(most, out)
    return [f"{name}: {most} permits out at once, {probes} are allowed"] if most > probes else []


def _near(requests, grant):
    """Those that can overlap a grant. No request takes longer than six seconds."""
    return [r for r in requests if grant.sent - 6_000 * MILLISECOND <= r.sent <= grant.received]


def _from(values, least):
    return values[bisect_left(values, least) :][:1]


def _check_settled_once(name, own):
    settled, wrong = {}, []
    for request in sorted((r for r in own if r.received), key=lambda r: r.received):
        token = request.token if request.verb == "report" else None
        if token is None or "." not in token or not (request.reply or "").startswith("+ok"):
            continue
        if request.reply != "+ok stale":
            if token in settled:
                wrong.append(f"{name}: permit {token} was settled twice")
            settled[token] = request.received
    return wrong


def _check_permits(name, own):
    """A permit is given once, and is of no use once its breaker has another generation."""
    wrong, given = [], set()
    for grant in own:
        if grant.permit and grant.permit in given:
            wrong.append(f"{name}: permit {grant.permit} was given twice")
        given.add(grant.permit)
    told = sorted((r for r in own if r.generation is not None and r.received), key=lambda r: r.received)
    newest, index = None, 0
    for request in sorted((r for r in own if r.received), key=lambda r: r.sent):
        while index < len(told) and told[index].received < request.sent:
            if newest is None or is_later(told[index].generation, newest):
                newest = told[index].generation
            index += 1
        token = request.token if request.verb == "report" else None
        if token is None or newest is None or not (request.reply or "").startswith("+ok") or request.reply == "+ok stale":
            continue
        if is_later(newest, int(token.split(".")[0])):
            wrong.append(f"{name}: a report of generation {token} was taken after {newest} had been told")
    return wrong


def _check_retry(name, own):
    """What is open stays so until its retry time, unless somebody acts."""
    acts = [r for r in own if r.verb in _MOVERS]
    seen = sorted((r for r in own if r.received and r.state), key=lambda r: r.received)
    asked = sorted(seen, key=lambda r: r.sent)
    wrong, latest, index = [], None, 0
    for request in asked:
        while index < len(seen) and seen[index].received < request.sent:
            if seen[index].state == "open" and seen[index].retry_ms:
                latest = seen[index]
            index += 1
        if latest is None or request.state not in ("half-open", "closed"):
            continue
        until = latest.sent + (latest.retry_ms - 1) * MILLISECOND
        if request.received >= until:
            continue
        if not any(act.sent <= request.received and _end(act) >= latest.sent for act in acts):
            wrong.append(
                f"{name}: {request.state} {(until - request.received) / 1e6:.1f} ms before the time that was told: "
                f"{' '.join([request.verb, name, *request.arguments])} -> {request.reply}"
            )
    return wrong


def check_stale(requests, earlier):
    """Permits of earlier runs are worth nothing. ``earlier``: pairs of name and token."""
    wrong = []
    for request in requests:
        if request.verb == "report" and (request.name, request.token) in earlier and request.reply:
            if request.reply != "+ok stale" and request.reply[0] == "+":
                wrong.append(f"{request.name}: permit {request.token} of an earlier run was taken: {request.reply}")
    return wrong


def generations(requests):
    """Those that were certainly begun in this run: of probes, and of breakers that nobody knew before."""
    return {
        r.generation
        for r in requests
        if r.generation is not None and (r.state == "half-open" or r.name.startswith("fresh")) and r.state in CLASSES
    }
