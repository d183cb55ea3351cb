#!/usr/bin/env python3
"""Starts real daemons, breaks what they stand on, and checks that they keep what they promise.

    Tests/Torture/run.py                      the short form, six minutes at most
    Tests/Torture/run.py --long               the long form
    Tests/Torture/run.py --seed 7 --only kill the same again, of one case
    Tests/Torture/run.py --list               which cases there are

Exit code 1: something was lost, a decision was not legal, or a promise was broken. As root more can be tried.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import faults
from cases import CASES
from daemon import Daemon
from trial import Skip, Trial

REPOSITORY = Path(__file__).resolve().parents[2]


class TooLong(Exception):
    pass


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None, help="what all chance goes by; printed if it is not given")
    parser.add_argument("--only", action="append", default=[], metavar="CASE", help="only this case; can be repeated")
    parser.add_argument("--long", action="store_true", help="more trials, longer")
    parser.add_argument("--binary", default=os.environ.get("BREAKERD_BIN") or REPOSITORY / ".build/debug/breakerd")
    parser.add_argument("--release", default=None, metavar="BINARY",
                        help="the daemon for the cases that take many requests: as it is shipped; .build/release if it is there")
    parser.add_argument("--keep", action="store_true", help="keep the files of all cases")
    parser.add_argument("--list", action="store_true", help="say which cases there are")
    found = parser.parse_args()
    found.binary = Path(found.binary).resolve()
    built = REPOSITORY / ".build/release/breakerd"
    found.release = Path(found.release).resolve() if found.release else built if built.exists() else found.binary
    if found.seed is None:
        found.seed = int.from_bytes(os.urandom(3), "big")
    unknown = [case for case in found.only if case not in CASES]
    if unknown:
        parser.error(f"no such case: {', '.join(unknown)}; there are: {', '.join(CASES)}")
    return found


def run_case(name, options, library):
    """Runs one case; its row of the table."""
    function, short, long = CASES[name]
    trial = Trial(name, options, library)

    def too_long(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(long if options.long else short)
    interrupted = False
    print(f"{name:12} ", end="", flush=True)
    try:
        function(trial)
    except Skip as reason:
        trial.row.verdict = f"SKIPPED: {reason}"
    except TooLong:
        trial.fail("it took too long\n" + traceback.format_exc(limit=-4))
    except KeyboardInterrupt:
        interrupted = True
    except Exception:
        trial.fail(traceback.format_exc(limit=-6))
    signal.alarm(0)
    # A second Ctrl-C must not leave anything behind.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    trial.end()
    signal.signal(signal.SIGINT, before)
    if trial.problems:
        trial.row.verdict = "FAILED"
    elif interrupted:
        trial.row.verdict = "interrupted"
    print(f"{trial.row.verdict}, {trial.row.seconds:.1f} s", flush=True)
    keep = bool(trial.problems) or interrupted or options.keep
    if trial.problems:
        for problem in trial.problems[:12]:
            print("    " + problem.replace("\n", "\n    "))
        if len(trial.problems) > 12:
            print(f"    and {len(trial.problems) - 12} more")
        print(f"    again: {sys.argv[0]} --seed {options.seed} --only {name}{' --long' if options.long else ''}")
    if keep:
        print(f"    the daemon's log and the history are in {trial.directory}")
    trial.clean(keep)
    if interrupted:
        raise KeyboardInterrupt
    return trial.row


def table(rows):
    head = ("case", "trials", "faults", "acknowledged", "losses", "worst ms", "healed", "s", "verdict")
    lines = [head]
    for row in rows:
        healed = f"{row.healed}/{row.to_heal}" if row.to_heal else "-"
        lines.append((row.case, row.trials, row.faults, row.acknowledged, row.losses, f"{row.worst_ms:.1f}", healed,
                      f"{row.seconds:.0f}", row.verdict.split(":")[0]))  # fmt: skip
    lines = [tuple(str(cell) for cell in line) for line in lines]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    print()
    for line, row in zip(lines, [None, *rows]):
        cells = [cell.ljust(w) if i in (0, 8) else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))]
        print("  ".join(cells) + ("  health seen" if row is None else "  " + (", ".join(row.healths) or "healthy")))
    for row in rows:
        for note in row.notes:
            print(f"{row.case}: {note}")


def main():
    options = arguments()
    if options.list:
        for name, (function, _, _) in CASES.items():
            print(f"{name:12} {(function.__doc__ or '').strip().splitlines()[0]}")
        return 0
    for binary in (options.binary, options.release):
        if not os.access(binary, os.X_OK):
            print(f"there is no daemon at {binary}; `make torture` builds one", file=sys.stderr)
            return 2
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    print(f"seed {options.seed}, {options.binary}, {options.release} for what takes many requests")
    try:
        # Before what else runs here, and behind the daemons: see there.
        os.setpriority(os.PRIO_PROCESS, 0, -5)
    except OSError:
        pass
    scratch = tempfile.mkdtemp(prefix="torture-")
    rows, began = [], time.monotonic()
    try:
        library = faults.build(scratch)
        for name in options.only or CASES:
            rows.append(run_case(name, options, library))
    except KeyboardInterrupt:
        print("\ninterrupted")
        return 130
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        Daemon.end_all()
        shutil.rmtree(scratch, ignore_errors=True)
        if rows:
            table(rows)
    for row in rows:
        if row.verdict.startswith("SKIPPED"):
            print(f"{row.case}: {row.verdict}")
    failed = [row.case for row in rows if row.verdict == "FAILED"]
    skipped = [row.case for row in rows if row.verdict.startswith("SKIPPED")]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all held" if not skipped else f"all held but {', '.join(skipped)}, not tried"
    losses = sum(row.losses for row in rows)
    print(f"{sum(row.trials for row in rows)} trials, {sum(row.faults for row in rows)} faults, "
          f"{sum(row.acknowledged for row in rows)} acknowledged changes, {losses} losses, "
          f"{time.monotonic() - began:.0f} s, seed {options.seed}: {verdict}")
    return 1 if failed or losses else 0


if __name__ == "__main__":
    sys.exit(main())
