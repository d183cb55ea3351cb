"""What a request and its reply say about a breaker.

States are classes, as far as a client can tell them apart after a crash: an open breaker becomes half-open by itself, so
``O`` is both; ``C`` closed, ``FO`` and ``FC`` forced open and closed, ``OB`` observed, ``A`` absent.
"""

from typing import NamedTuple, Optional

FOREVER = 1 << 62
CLASSES = {
    "closed": "C", "open": "O", "half-open": "O", "forced-open": "FO", "forced-closed": "FC", "observe": "OB",
}  # fmt: skip
_FORCED = {"open": "FO", "closed": "FC", "observe": "OB"}


class Effect(NamedTuple):
    """Something that brought a register to one of ``values``, or showed that it had one of them, at some moment between
    ``sent`` and ``received``."""

    sent: int
    received: int
    values: frozenset
    #: It certainly was so. Else it may have been.
    sure: bool
    #: It was only seen, and must have been brought about by something else.
    seen: bool
    #: It outlives a crash.
    saved: bool
    #: Only if the breaker was absent before.
    creates: bool
    what: str
    #: What the same request did next had replaced it by then.
    until: int = FOREVER


class Request(NamedTuple):
    """A record of kind ``q``, taken apart."""

    connection: str
    sent: int
    received: Optional[int]
    verb: str
    name: str
    arguments: list
    reply: Optional[str]

    @property
    def token(self):
        return next((word for word in self.arguments[1:] if "=" not in word and word != "quiet"), None)

    @property
    def state(self):
        """The state that a reply names, or None."""
        parts = (self.reply or "").split(" ")
        if parts[0] in ("+allow", "+deny", "+board") and len(parts) > 1:
            return parts[1] if parts[1] in CLASSES else "closed" if parts[1] in ("ramp", "saturated") else None
        if parts[0] == "+ok" and self.verb in ("report", "state"):
            return parts[1] if len(parts) > 1 and parts[1] in CLASSES else None
        return None

    @property
    def generation(self):
        parts = (self.reply or "").split(" ")
        if parts[0] not in ("+allow", "+board") or len(parts) < 3 or not parts[2][0].isdigit():
            return None
        return int(parts[2].split(".")[0])

    @property
    def permit(self):
        """The token of a probe's permit that was given."""
        parts = (self.reply or "").split(" ")
        return parts[2] if parts[:2] == ["+allow", "half-open"] else None

    @property
    def retry_ms(self):
        word = next((word for word in (self.reply or "").split(" ") if word.startswith("retry_ms=")), None)
        return int(word[9:]) if word else None

    @property
    def is_unsaved(self):
        return (self.reply or "").endswith(" unsaved")


def request(record):
    parts = record[5].split(" ")
    name = parts[1] if len(parts) > 1 else ""
    return Request(record[2], record[3], record[4], parts[0], name, parts[2:], record[6])


def of_state(request, end, saved_by):
    """The effects on the state of its breaker. ``end``: when the run ended; ``saved_by(received)``: whether a ``sync``
    has vouched for what was answered by then."""
    verb, reply = request.verb, request.reply
    received = request.received if request.received is not None else end
    what = f"{' '.join([verb, request.name, *request.arguments])} -> {reply}"

    def effect(values, sure=False, seen=False, saved=False, creates=False):
        saved = saved and (not request.is_unsaved or saved_by(received))
        return Effect(request.sent, received, frozenset(values), sure, seen, saved, creates, what)

    # A breaker that is made by a report or an act is closed for a moment before.
    made_before = effect({"C"}, creates=True)._replace(until=received)

    if reply is not None and reply[0] in "-!":
        return [effect({"A"}, sure=True, seen=True)] if reply.startswith("-UNKNOWN_NAME") else []
    state = request.state
    kind = CLASSES.get(state)
    if verb in ("allow", "state", "board"):
        if kind:
            creates = [effect({"C"}, creates=True)] if verb == "allow" else []
            return creates + [effect({kind}, sure=True, seen=True)]
        return [effect({"C"}, creates=True)] if verb == "allow" and reply is None else []
    if verb == "report":
        outcome, token = request.arguments[0], request.token
        is_probe = token is not None and "." in token
        if reply is None:
            if outcome == "fail":
                return [effect({"C"}, creates=True), effect({"O"})]
            return [effect({"C"}, creates=not (outcome == "ok" and (is_probe or token is None)))]
        if kind == "O":
            # A probe that worked leaves it half-open; that is no act.
            acts = outcome == "fail" and state == "open"
            return [made_before, effect({"O"}, sure=True, seen=not acts, saved=acts)]
        if kind == "C" and outcome == "ok" and (is_probe or token is None):
            return [effect({"C"}, sure=True, saved=is_probe)]
        # A late report of a breaker that was forgotten makes one anew.
        return [effect({"C"}, creates=True)] + ([effect({kind}, sure=True, seen=True)] if kind else [])
    changed = reply is not None and reply.startswith("+ok 1")
    if verb == "force":
        return [made_before, effect({_FORCED[request.arguments[0]]}, sure=reply is not None, saved=True)]
    if verb == "reset":
        return [effect({"C"}, sure=changed, saved=True)] if changed or reply is None else [effect({"A"}, True, True)]
    if verb == "release":
        return [effect({"O", "C"}, sure=changed, saved=True)] if changed or reply is None else []
    if verb == "forget":
        if reply is not None and not changed:
            return [effect({"A"}, True, True)]
        return [effect({"A"}, sure=changed, saved=True)]
    if verb == "set":
        return [effect({"C"}, creates=True)]
    return []


def of_settings(request, end, saved_by):
    """The effects on what is set: pairs of a key (None: all) and an effect."""
    verb, reply = request.verb, request.reply
    if verb not in ("set", "unset", "forget") or (reply is not None and not reply.startswith("+ok")):
        return []
    received = request.received if request.received is not None else end
    saved = reply is not None and reply.startswith("+ok 1") and (not request.is_unsaved or saved_by(received))
    what = f"{' '.join([verb, request.name, *request.arguments])} -> {reply}"

    def effect(value):
        # `unset` of what was not set answers 0, and changes nothing.
        sure = reply is not None and (verb != "unset" or reply.startswith("+ok 1"))
        return Effect(request.sent, received, frozenset({value}), sure, False, saved, False, what)

    if verb == "forget":
        return [(None, effect(None))]
    if verb == "unset":
        return [(key, effect(None)) for key in request.arguments if "=" not in key]
    pairs = (word.partition("=") for word in request.arguments)
    return [(key, effect(value)) for key, _, value in pairs if key != "why"]
