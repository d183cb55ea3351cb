"""Lines that nobody should send."""

import socket

from daemon import Daemon, eventually
from healing import check_decisions, look
from latency import Clock

_VERBS = ["allow", "report", "denied", "state", "show", "why", "policy", "list", "events", "watch", "unwatch", "hello", "ping",
          "help", "stats", "metrics", "health", "reset", "force", "release", "set", "unset", "forget", "clients", "loglevel",
          "sync", "@7 allow", "@", "ALLOW", "allow\t"]  # fmt: skip
_WORDS = ["api", "*", "n=1", "n=-1", "n=99999999999999999999999999", "lease=1e999h", "lease=0.0000001ms", "for=1d", "ok", "fail",
          "ignore", "1.1", "99999999999999999999.99999999999999", "-1", "quiet", "quiet=1", "cursor=x", "since=-5", "limit=0",
          "limit=99999999999", "trip.failure_rate=200%", "open.duration=-1s", "why=%00", "why=%ff%fe", "why=%", "?x=y", "=", "==",
          "err=" + "e" * 33, "x" * 101, "\x7f", "%41", "bound=maybe", "1", "2"]  # fmt: skip


def _line(random):
    """One line of garbage, with its end. Never a request that would be held back for long, nor `quit`."""
    kind = random.randrange(8)
    if kind == 0:
        return random.randbytes(random.randrange(60)).replace(b"\n", b"") + b"\n"
    if kind == 1:
        return bytes(random.randrange(1, 20)) + b"\n"
    if kind == 2:
        return b"allow " + bytes([random.choice(b"abc\0\xff%")]) * random.randrange(900) + b"\n"
    words = [random.choice(_VERBS)] + random.choices(_WORDS, k=random.randrange(5))
    text = " ".join(words).encode("latin-1")
    if kind == 3 and text:
        text = text[: random.randrange(len(text))]
    if kind == 4:
        text = text.replace(b" ", b"  ", 1)
    if kind == 5 and text:
        at = random.randrange(len(text))
        text = text[:at] + random.randbytes(1).replace(b"\n", b"x") + text[at + 1 :]
    if text.startswith(b"quit"):
        text = b"x" + text
    return text + (b"\r\n" if random.randrange(9) == 0 else b"\n")


class _Talker:
    """Sends garbage in batches; what comes back must be what the protocol knows."""

    def __init__(self, trial, path):
        self.trial, self.path, self.one = trial, path, None
        self.sent = self.answered = self.closed = 0

    def say(self, lines):
        if self.one is None:
            self.one = socket.socket(socket.AF_UNIX)
            self.one.settimeout(10)
            self.one.connect(str(self.path))
        # A ping at the end says when all of it has been answered.
        mark = b"@end-%d ping" % self.sent
        self.sent += len(lines)
        data = b""
        try:
            self.one.sendall(b"".join(lines) + mark + b"\n")
            while mark.split(b" ")[0] + b" ok" not in data:
                more = self.one.recv(1 << 20)
                if not more:
                    break
                data += more
        except TimeoutError:
            self.trial.fail(f"no answer within 10 s, after {data[-200:]!r}; sent {b''.join(lines)[-300:]!r}")
            return self._again()
        except OSError:
            return self._again()
        for line in data.split(b"\n"):
            if line and line[:1] not in b"+-*>~! ":
                self.trial.fail(f"a line of no class: {line[:100]!r}")
        self.answered += sum(line[:1] in b"+-*!~" for line in data.split(b"\n") if line)
        last = data.rstrip(b"\n").split(b"\n")[-1]
        if last.startswith(b"!"):
            self._again()
        elif mark.split(b" ")[0] + b" ok" not in data:
            self.trial.fail(f"closed without a word; sent {b''.join(lines)[-300:]!r}, got {data[-200:]!r}")
            self._again()

    def _again(self):
        self.closed += 1
        self.one.close()
        self.one = None


def garbage(trial):
    """1e6 lines of garbage"""
    daemon = Daemon(trial.release, trial.directory, ["--log-level", "critical"])
    clock = Clock(daemon.socket, every=0.01)
    trial.closers.append(clock.stop)
    talkers = [_Talker(trial, daemon.socket), _Talker(trial, daemon.admin_socket)]
    # A stock from which lines are drawn: making each anew would take longer than sending it.
    stock = [_line(trial.random) for _ in range(20_000)]
    total, sent = trial.pick(1_000_000, 10_000_000), 0
    after_warm_up = 0
    while sent < total and not trial.problems:
        at = trial.random.randrange(len(stock) - 400)
        talkers[trial.random.randrange(4) == 0].say(stock[at : at + 400])
        sent += 400
        if trial.random.randrange(40) == 0:
            # These end the connection.
            long = b"x" * trial.random.randrange(1025, 5000)
            talkers[0].say([trial.random.choice([long, b"GET / HTTP/1.1", b"\x16\x03\x01\x02\0", b"allow " + long]) + b"\n"])
        if not after_warm_up and sent > total // 4:
            after_warm_up = daemon.memory()
        if daemon.process.poll() is not None:
            break
    clock.stop()
    if not trial.expect(daemon.process.poll() is None, f"it is dead: {daemon.process.returncode}"):
        return
    trial.expect(daemon.ask("ping").startswith("+ok"), "it does not answer")
    grown = daemon.memory() - after_warm_up
    trial.expect(grown < 30e6, f"{grown / 1e6:.0f} MB more after the first quarter")
    check_decisions(trial, clock, "beside garbage")
    trial.expect(eventually(lambda: look(daemon) != ""), "health does not answer")
    trial.row.saw(look(daemon))
    trial.row.trials, trial.row.faults = 1, sent
    trial.row.notes.append(
        f"{sent} lines, {sum(t.answered for t in talkers)} answers, {sum(t.closed for t in talkers)} connections closed, "
        f"{grown / 1e6:.1f} MB more, p99 {clock.percentile(0.99):.1f} ms"
    )
