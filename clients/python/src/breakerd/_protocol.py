"""Words and lines of protocol version 1."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

from ._errors import Denied, InvalidName

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._:/@-]{0,99}")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_CONTROL = re.compile(rb"[\x00-\x20\x7f%]")

#: No line of the daemon is longer; whoever writes one is not it.
LONGEST_LINE = 65_536
#: The most successes that one report may tell of.
LARGEST_COUNT = 1_000_000
#: The longest name of a client, and of a class of errors.
LONGEST_WORD = 32


def checked_name(name: str) -> bytes:
    """The bytes of a breaker's name; raises :class:`InvalidName`."""
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise InvalidName(name)
    return name.encode("ascii")


def encoded(value: bytes) -> bytes:
    """A value as it stands in a request."""
    return _CONTROL.sub(lambda match: b"%%%02X" % match.group()[0], value)


def decoded(value: bytes) -> bytes:
    """A value as it was before it was written into a reply."""
    return _ESCAPE.sub(lambda match: bytes([int(match.group(1), 16)]), value)


def word(text: str) -> bytes:
    """The beginning of a text, as a value: at most 32 bytes, no control bytes, and no character cut in two."""
    text = "".join(character for character in text if character.isprintable())
    return encoded(text.encode("utf-8", "ignore")[:LONGEST_WORD].decode("utf-8", "ignore").encode("utf-8"))


def option(words: list[bytes], key: bytes) -> Optional[bytes]:
    """The value of ``key=value`` among words."""
    prefix = key + b"="
    return next((decoded(word[len(prefix) :]) for word in words if word.startswith(prefix)), None)


class Allowed(NamedTuple):
    """The daemon lets a call pass."""

    #: What the end of the call is to be told with; None: it is not to be told.
    token: Optional[bytes]

    @property
    def holds_permit(self) -> bool:
        """Whether the daemon keeps a place for the call, which it must get back."""
        return self.token is not None and b"." in self.token

    @property
    def generation(self) -> Optional[int]:
        return None if self.token is None else int(self.token.partition(b".")[0])


_TOKEN = re.compile(rb"[0-9]{1,20}(\.[0-9]{1,20})?")


def parse_decision(text: bytes, name: str) -> Allowed:
    """Reads the reply to ``allow``, without its class and tag.

    Raises :class:`Denied` if that is what it says, and ``ValueError`` if it is no such reply.
    """
    words = text.split(b" ")
    if len(words) >= 2 and words[0] == b"allow":
        token = words[2] if len(words) > 2 and _TOKEN.fullmatch(words[2]) else None
        return Allowed(token)
    if len(words) >= 2 and words[0] == b"deny":
        retry = option(words, b"retry_ms") or b""
        is_time = retry.isdigit() and len(retry) <= 18
        raise Denied(words[1].decode("ascii", "replace"), int(retry) / 1000 if is_time else None, name)
    raise ValueError(text)
