#!/usr/bin/env python3
"""Plays the cases in `cases` with clients, and real daemons. README.md says more."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

sys.dont_write_bytecode = True
from play import Play
from processes import Failure
from suite import BadCase, Case, read

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
#: Nobody that a daemon of root's knows.
_AS_STRANGER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]
BUILD = ROOT / ".build" / "conformance"


class Client:
    """A client as clients.json describes it."""

    def __init__(self, name, facts):
        self.name = name
        #: What cases it cannot play, and why.
        self.cannot = dict(facts.get("cannot", {}))
        self._needs = facts["needs"]
        self._build = facts.get("build")
        self._command = facts["command"]
        self._environment = facts.get("environment", {})

    @property
    def missing(self):
        """What is not on this machine, or nothing."""
        return next((tool for tool in self._needs if not shutil.which(tool) and not (ROOT / tool).exists()), None)

    def build(self):
        """Builds and installs it, as a user would, into a folder of its own."""
        if not self._build:
            return
        shutil.rmtree(BUILD / self.name, ignore_errors=True)
        (BUILD / self.name).mkdir(parents=True)
        done = subprocess.run(self._filled(self._build), cwd=ROOT, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise Failure(f"{self.name}: it could not be built\n{done.stdout}{done.stderr}")
        if self.no_stranger:
            self.cannot["stranger"] = self.no_stranger

    @property
    def driver(self):
        """How to start its driver: the command, and what to add to the environment."""
        return self._filled(self._command), dict(zip(self._environment, self._filled(self._environment.values())))

    def driver_for(self, needs):
        """The driver for a case that needs these."""
        command, environment = self.driver
        return (_AS_STRANGER + command if "stranger" in needs else command), environment

    @property
    def no_stranger(self):
        """Why no other user can run the driver here, or nothing."""
        if os.geteuid() != 0:
            return "only root can become another user"
        command = self.driver[0]
        program = shutil.which(command[0]) or command[0]
        files = [word for word in command if word.startswith("/")]
        tried = subprocess.run([*_AS_STRANGER, "test", "-x", program, *(part for file in files for part in ("-a", "-r", file))])
        return "another user may not read the driver here" if tried.returncode else None

    def _filled(self, words):
        return [word.format(build=BUILD / self.name, root=ROOT) for word in words]


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="*", help="their names in clients.json; unless said, all whose toolchain is there")
    parser.add_argument("--all", action="store_true", help="all clients, and an error if a toolchain is missing")
    parser.add_argument("--together", action="store_true", help="processes of all these clients at once around one daemon")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="cases with this in their title or file")
    parser.add_argument("--strict", action="store_true", help="a missed time is an error")
    parser.add_argument("--list", action="store_true", help="say what there is")
    parser.add_argument("--daemon", default=os.environ.get("BREAKERD_BIN") or ROOT / ".build/debug/breakerd", help="the program")
    return parser.parse_args()


def choose(options):
    """The clients to be tried."""
    known = {name: Client(name, facts) for name, facts in json.loads((HERE / "clients.json").read_text()).items()}
    unknown = [name for name in options.clients if name not in known]
    if unknown:
        sys.exit(f"there is no client {unknown[0]}; there are {', '.join(known)}")
    chosen = []
    for name, client in known.items():
        if options.clients and name not in options.clients:
            continue
        if client.missing and (options.all or options.clients):
            sys.exit(f"{name}: {client.missing} is missing; `make test-clients` installs what is needed")
        if client.missing:
            print(f"{name}: LEFT OUT, there is no {client.missing} here", flush=True)
            continue
        chosen.append(client)
    return chosen


@dataclass
class Turn:
    """A case, and who plays it."""

    case: Case
    who: str
    #: For each of its actors, how to start one.
    drivers: dict
    #: Why it cannot be played by these, or nothing.
    reason: str | None

    def play(self, options):
        """Plays it. Returns what is to be said, whether it held, and the times that were missed."""
        play = Play(self.case, str(options.daemon), self.drivers, options.strict)
        begun = time.monotonic()
        try:
            play.run()
        except Failure as error:
            return f"FAILED: {self.case.title}\n    " + str(error).replace("\n", "\n    "), False, play.notes
        return f"{self.case.title} ({time.monotonic() - begun:.1f} s)", True, play.notes


def turns(cases, clients, together):
    """Who plays what."""
    if not together:
        for client in clients:
            for case in cases:
                if "together" not in case.needs:
                    yield turn(case, [client])
        return
    # Each gets to play each part of the cases that are made for it.
    for shift in range(len(clients)):
        order = clients[shift:] + clients[:shift]
        for case in cases:
            if "together" in case.needs or shift == 0 and len(case.actors) > 1:
                yield turn(case, order)


def turn(case, order):
    """A case played by these clients, one after the other if there are more parts than clients."""
    parts = dict(zip(case.actors, cycle(order)))
    names = list(dict.fromkeys(client.name for client in parts.values()))
    reasons = [client.cannot[need] for client in parts.values() for need in case.needs if need in client.cannot]
    drivers = {actor: client.driver_for(case.needs) for actor, client in parts.items()}
    return Turn(case, "+".join(names), drivers, reasons[0] if reasons else None)


def main():
    options = parse()
    cases = [case for case in read(HERE / "cases") if not options.only or any(word in case.place + case.title for word in options.only)]
    if options.list:
        for case in cases:
            print(f"{case.place}: {case.title}{' (needs ' + ' '.join(case.needs) + ')' if case.needs else ''}")
        return 0
    if not os.access(options.daemon, os.X_OK):
        sys.exit(f"{options.daemon} is not there: build breakerd, or name it with --daemon")
    clients = choose(options)
    for client in clients:
        client.build()
    all_turns = list(turns(cases, clients, options.together))
    failed, notes, played = [], [], 0
    # They wait most of the time. Times are to be kept by one at a time.
    with ThreadPoolExecutor(1 if options.strict else 4) as pool:
        for each, result in [(each, None if each.reason else pool.submit(each.play, options)) for each in all_turns]:
            if result is None:
                print(f"  {each.who}: not applicable: {each.case.title} ({each.reason})", flush=True)
                continue
            text, held, missed = result.result()
            print(f"  {each.who}: {text}", flush=True)
            played += 1
            failed += [] if held else [f"{each.who}: {each.case.title}"]
            notes += [f"{each.who}: {note}" for note in missed]
    for note in notes:
        print(f"late: {note}")
    print(f"{played} played, {len(failed)} failed, {len(all_turns) - played} not applicable, {len(notes)} times missed")
    for title in failed:
        print(f"failed: {title}")
    return 1 if failed or not played else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (BadCase, Failure) as error:
        sys.exit(str(error))
