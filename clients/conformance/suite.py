"""Cases as they stand in files: what is done, one step a line, and what has to come of it.

    # A remark.
    case What holds, as a sentence
    needs fork                       only for clients that can; `together`: only among processes of several clients; `stranger`:
                                     clients run as another user
    yaml TEXT                        a line of the daemon's configuration
    daemon KEY=VALUE…                starts a daemon, with dotted keys as `--default` takes them
    wire                             from here on clients come through a relay, which sees what they send
    a COMMAND… [-> ANSWER]           what the client `a` is told; another letter is another process. See README.md for commands
    a COMMAND… ; COMMAND…            the same with several, told at once; so are the answers
    a & COMMAND…                     the same, without waiting for the answer
    a -> ANSWER                      waits for it
    ask LINE -> REPLY                a line for the daemon; `admin LINE -> REPLY` one for its admin socket
    show NAME -> OPTIONS             what the daemon says of a breaker
    within TIME STEP                 the step, over and over until its answer is the expected one
    wait TIME                        lets time pass
    kill | stop | continue | start   the daemon: SIGKILL, SIGSTOP, SIGCONT, and another one with the same state
    end                              the daemon: SIGTERM, and it is waited for
    gone a | leave a                 kills a client's process; lets its program end without closing the client
    lost                             the board's file is removed
    spoil                            another file, which is no board, is put in its place; `opens -> N`: how often that has been
                                     opened since the last time
    mode 660                         the socket's mode
    many COUNT                       so many other breakers

With `wire`:

    sent -> LINE | LINE…             what clients have sent since the last time, in order, without tags; `sent any`: in any
                                     order; `sent some`: this among others; `sent hello`: greetings
    tags -> N                        how many tags, each other than the rest, the greetings since the last time have had
    tries -> OPTIONS                 of the connections since the last time, their `count`, the shortest pause between two,
                                     `shortest_ms`, and by how much the longest was longer, `spread_ms`
    wire reply VERB TEXT…            the next reply to VERB is TEXT instead, class byte first
    wire drop VERB                   …never comes
    wire cut VERB                    …is cut in half, and the connection with it
    wire mistag VERB                 …has another tag than the request
    wire hold VERB | wire release    …is held back, and all behind it; until then
    wire say TEXT…                   the daemon seems to say this, to every client
    wire close                       every connection is lost
    wire stall | wire flow           nothing is read from clients any more; and again
    wire crumble                     what clients get comes byte by byte

An answer, reply or line is expected word for word. `*` is any word, `A..B` a number from A to B, also as an option's value.
`$x` is any word when it is first met, and the same word later. An option's value `?` is any, or the option is not there. Options may come in any order; in answers and replies, others may come
with them; in lines that were sent, none may.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

_TIME = re.compile(r"([0-9]+)(ms|s)")


class BadCase(Exception):
    """A case that cannot be read."""


@dataclass(frozen=True)
class Step:
    """One line of a case."""

    #: Where it stands.
    place: str
    #: What it says.
    text: str
    #: Who is to do it: a client's letter, or nothing.
    actor: str
    #: What is to be done.
    words: tuple
    #: What must come of it; None: it does not matter, but must be no error of ours.
    expected: str | None = None
    #: For how many seconds it is tried.
    within: float = 0
    #: Whether its answer is left for later.
    is_left: bool = False


@dataclass
class Case:
    """A promise, and how it is seen to hold."""

    title: str
    place: str
    needs: set = field(default_factory=set)
    steps: list = field(default_factory=list)

    @property
    def actors(self):
        return sorted({step.actor for step in self.steps if step.actor})


def seconds(text):
    """A time as cases write it, in seconds."""
    match = _TIME.fullmatch(text)
    if not match:
        raise BadCase(f"{text!r} is no time, such as 120ms or 2s")
    return int(match[1]) / (1000 if match[2] == "ms" else 1)


def read(directory):
    """All cases of a directory."""
    return [case for path in sorted(Path(directory).glob("*.case")) for case in read_text(path.read_text(), path.name)]


def read_text(text, name):
    """The cases of one file."""
    cases = []
    for number, line in enumerate(text.splitlines(), 1):
        line, place = line.rstrip(), f"{name}:{number}"
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("case "):
                cases.append(Case(line[5:], place))
            elif not cases:
                raise BadCase("before the first case")
            elif line.startswith("needs "):
                cases[-1].needs |= set(line.split()[1:])
            else:
                cases[-1].steps.append(_step(line, place))
        except BadCase as error:
            raise BadCase(f"{place}: {line}: {error}") from None
    return cases


def _step(line, place):
    if line.startswith("yaml "):
        return Step(place, line, "", ("yaml", line[5:]))
    text, arrow, expected = line.partition("->")
    words = text.split()
    within = 0
    if words and words[0] == "within":
        within, words = seconds(words[1]), words[2:]
    actor = words.pop(0) if words and len(words[0]) == 1 else ""
    is_left = words[:1] == ["&"]
    return Step(place, line, actor, tuple(words[is_left:]), expected.strip() if arrow else None, within, is_left)


class Mismatch(Exception):
    """Something else came than was expected."""


def match(expected, actual, names, whole=False):
    """Holds ``actual`` against what is expected of it; ``names`` are those that were met, and grow.

    ``whole``: whether it may have no other options. Raises :class:`Mismatch`.
    """
    found = dict(names)
    wanted_words, wanted_options = _parts(expected)
    words, options = _parts(actual)
    good = len(words) == len(wanted_words) and all(_same(*pair, found) for pair in zip(wanted_words, words))
    optional = {key for key, value in wanted_options.items() if value == "?"}
    good = good and all(
        key in optional or key in options and _same(value, options[key], found) for key, value in wanted_options.items())
    if not good or whole and options.keys() - optional != wanted_options.keys() - optional:
        known = " ".join(f"{key}={value}" for key, value in names.items() if key in expected)
        raise Mismatch(f"expected: {expected}{' with ' + known if known else ''}\ncame:     {actual}")
    names.update(found)


def match_all(expected, actual, names, in_order=True, whole=True):
    """Holds lines that were sent against those that were expected; ``whole``: whether there may be no others. Raises
    :class:`Mismatch`."""
    left = list(actual)
    for line in expected:
        for sent in left[:1] if whole and in_order else left:
            try:
                match(line, sent, names, whole=True)
            except Mismatch:
                continue
            left.remove(sent)
            break
        else:
            left.append(None)
            break
    if whole and left or None in left:
        known = ", ".join(f"{key}={value}" for key, value in names.items())
        raise Mismatch(f"expected: {' | '.join(expected)}  {known}\ncame:     {' | '.join(actual)}")


def _parts(text):
    words = text.split()
    options = dict(word.split("=", 1) for word in words if "=" in word)
    return [word for word in words if "=" not in word], options


def _same(wanted, word, names):
    if wanted == "*":
        return True
    if wanted.startswith("$"):
        return names.setdefault(wanted, word) == word
    low, dots, high = wanted.partition("..")
    if dots and low.isdigit() and high.isdigit():
        return word.isdigit() and int(low) <= int(word) <= int(high)
    return wanted == word
