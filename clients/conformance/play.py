"""Plays a case."""

import os
import re
import signal
import tempfile
import time
from pathlib import Path

from processes import Daemon, Driver, Failure
from relay import Relay
from suite import BadCase, Mismatch, match, match_all, seconds

#: On a busy machine things take longer; what is longer than that is an error there too.
_PATIENCE = 10
#: Unless a case says so, calls wait long enough for a busy machine.
_DEADLINE = "deadline_ms=5000"


class Play:
    """One case, played by drivers: ``drivers`` says for each letter how to start one, a pair of command and environment."""

    def __init__(self, case, daemon, drivers, is_strict):
        self._case = case
        self._program = daemon
        self._commands = drivers
        self._is_strict = is_strict
        self._drivers = {}
        self._daemon = None
        self._relay = None
        self._opens = None
        self._configuration = ""
        self._names = {}
        #: Times that were missed.
        self.notes = []

    def run(self):
        """Raises :class:`Failure` where it does not hold."""
        with tempfile.TemporaryDirectory(prefix="bc-") as directory:
            self._directory = Path(directory)
            # Also for clients of other users.
            self._directory.chmod(0o755)
            try:
                for step in self._case.steps:
                    self._try(step)
                for letter in list(self._drivers):
                    self._drivers.pop(letter).finish()
            finally:
                for driver in self._drivers.values():
                    driver.kill()
                if self._relay:
                    self._relay.close()
                if self._opens:
                    self._opens.close()
                if self._daemon:
                    self._daemon.kill()

    def _try(self, step):
        begun = time.monotonic()
        end = begun + step.within * _PATIENCE
        while True:
            try:
                try:
                    self._do(step)
                except (Mismatch, OSError):
                    if time.monotonic() >= end:
                        raise
                    time.sleep(0.01)
                    continue
            except (Mismatch, Failure, OSError) as error:
                raise Failure(f"{step.place}: {step.text}\n{error}") from None
            if step.within and time.monotonic() - begun > step.within:
                self._note(f"{step.place}: {step.text}: it took {time.monotonic() - begun:.2f} s")
            return

    def _note(self, text):
        if self._is_strict:
            raise Failure(text)
        self.notes.append(text)

    def _do(self, step):
        if step.actor:
            answer = self._tell(step)
        else:
            verb, *words = step.words
            action = getattr(self, "_do_" + verb, None)
            if action is None:
                raise BadCase(f"{step.place}: {step.text}: there is no {verb!r}")
            answer = action(words)
        if step.expected is None or answer is None:
            return
        if isinstance(answer, list):
            wanted = [line.strip() for line in step.expected.split("|")] if step.expected else []
            # Some clients have a thread of their own that writes.
            end = time.monotonic() + _PATIENCE
            while len(answer) < len(wanted) and time.monotonic() < end:
                time.sleep(0.002)
                answer += action(words)
            match_all(wanted, answer, self._names, in_order="any" not in step.words, whole="some" not in step.words)
        elif step.expected.startswith("/"):
            if not re.search(step.expected.strip("/"), answer):
                raise Mismatch(f"expected: {step.expected}\ncame:     {answer}")
        else:
            match(step.expected, answer, self._names)

    def _tell(self, step):
        letter, words = step.actor, [self._names.get(word, word) for word in step.words]
        driver = self._drivers.get(letter)
        if driver is None:
            driver = self._drivers[letter] = Driver(*self._commands[letter], self._directory / f"{letter}.err")
        if words:
            if words[0] == "new":
                words[1:1] = [f"socket={self._socket}"] + [_DEADLINE] * (not any("deadline_ms" in word for word in words))
            driver.tell(" ".join(words).replace(" ; ", "\n"))
        if step.is_left:
            return None
        answer = " ; ".join(driver.answer() for _ in range(words.count(";") + 1))
        fields = dict(word.split("=", 1) for word in answer.split() if "=" in word)
        if fields.get("late", "0") != "0":
            self._note(f"{step.place}: {step.text}: {answer}")
        if answer.startswith(("raised", "what?")) or fields.get("errors", "0") != "0":
            raise Failure(f"came: {answer}")
        if step.expected is None and answer.startswith("error"):
            raise Failure(f"came: {answer}")
        return answer

    @property
    def _socket(self):
        return str(self._directory / "w") if self._relay else self._daemon.socket if self._daemon else str(self._directory / "s")

    # The daemon

    def _do_daemon(self, keys):
        self._daemon = Daemon(self._program, self._directory, keys, self._configuration)

    def _do_yaml(self, words):
        self._configuration += words[0] + "\n"

    def _do_mode(self, words):
        os.chmod(self._daemon.socket, int(words[0], 8))

    def _do_many(self, words):
        self._daemon.ask("\n".join(f"allow other-{number}" for number in range(int(words[0]))))

    def _do_ask(self, words):
        return self._daemon.ask(" ".join(words))

    def _do_admin(self, words):
        return self._daemon.ask(" ".join(words), admin=True)

    def _do_show(self, words):
        # It is a list of one option a line, but the number of lines.
        return " ".join(self._daemon.ask("show " + words[0]).split()[1:])

    def _do_kill(self, words):
        self._daemon.kill()

    def _do_end(self, words):
        self._daemon.end()

    def _do_stop(self, words):
        self._daemon.signal(signal.SIGSTOP)

    def _do_continue(self, words):
        self._daemon.signal(signal.SIGCONT)

    def _do_start(self, words):
        self._daemon.start()

    def _do_lost(self, words):
        self._daemon.lose_board()

    # Others

    def _do_wait(self, words):
        time.sleep(seconds(words[0]))

    def _do_gone(self, words):
        self._drivers.pop(words[0]).kill()

    def _do_leave(self, words):
        driver = self._drivers.pop(words[0])
        driver.tell("leave")
        driver.finish()

    def _do_sent(self, words):
        return self._relay.greetings() if words == ["hello"] else self._relay.sent()

    def _do_tags(self, words):
        return str(len(set(self._relay.first_tags())))

    def _do_tries(self, words):
        tries = self._relay.tries()
        pauses = [round((later - earlier) * 1000) for earlier, later in zip(tries, tries[1:])]
        return f"count={len(tries)} shortest_ms={min(pauses, default=-1)} spread_ms={max(pauses, default=0) - min(pauses, default=0)}"

    def _do_spoil(self, words):
        self._opens = self._daemon.spoil_board()

    def _do_opens(self, words):
        return str(self._opens.count())

    def _do_wire(self, words):
        kind, *rest = words or ["begin"]
        match kind:
            case "begin":
                self._relay = Relay(str(self._directory / "w"), self._daemon.socket)
            case "reply" | "drop" | "cut" | "hold" | "mistag":
                self._relay.rule(kind, rest[0], " ".join(rest[1:]))
            case "say":
                self._relay.say(" ".join(rest))
            case "close":
                self._relay.close_links()
            case "stall" | "flow":
                self._relay.stall(kind == "stall")
            case "release":
                self._relay.release()
            case "crumble":
                self._relay.is_crumbling = True
            case _:
                raise BadCase(f"a wire cannot {kind}")
