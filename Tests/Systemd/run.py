#!/usr/bin/env python3
"""Installs a package on a machine with a systemd of its own, and looks whether what it promises holds.

    Tests/Systemd/run.py --deb PATH [--old-deb PATH] [--only NAME]... [--restarts 100] [--kills 100]

Needs root. Exit codes: 0 all cases passed, 1 one did not, 77 no machine can boot here (0 with --may-skip).
"""

import argparse
import os
import shutil
import signal
import sys
import time
import traceback

import cases_first_day
import cases_install
import cases_packages
import cases_resources
import cases_restarts
import cases_settings
from bench import Bench
from machine import CannotBoot, Machine, why_not

CASES = [case for module in (cases_first_day, cases_install, cases_settings, cases_restarts, cases_resources, cases_packages)
         for case in module.CASES]
NOT_RUN = 77


def parse():
    names = ", ".join(case.__name__ for case in CASES)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deb", help="the package")
    parser.add_argument("--old-deb", help="what the upgrade begins with; else the package with a lower version")
    parser.add_argument("--only", action="append", metavar="NAME", choices=[case.__name__ for case in CASES],
                        help=f"a case, may be given several times: {names}")
    parser.add_argument("--may-skip", action="store_true", help="exit 0 if no machine can boot here")
    parser.add_argument("--layout", choices=["auto", "hybrid", "unified"], default="auto", help="of control groups")
    parser.add_argument("--restarts", type=int, default=100)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--crowds", type=int, default=10, help="starts with hundreds of connections that wait")
    parser.add_argument("--callers", type=int, default=4, help="processes that call while the daemon is disturbed")
    parser.add_argument("--deadline-ms", type=float, default=50, help="of their calls")
    parser.add_argument("--storm-seconds", type=float, default=20, help="for how long clients knock at a bad configuration")
    parser.add_argument("--idle-seconds", type=float, default=65)
    goals = parser.add_argument_group("goals: said to be missed, or with --strict a failure")
    goals.add_argument("--over-ms", type=float, default=20, help="how late a call may come back, beyond its deadline")
    goals.add_argument("--ready-ms", type=float, default=100, help="from the start of the process until it is ready")
    goals.add_argument("--wakeups", type=float, default=10, help="of an idle daemon, in all its threads")
    goals.add_argument("--strict", action="store_true", help="a case fails that misses a goal; for an idle machine")
    options = parser.parse_args()
    if not options.deb:
        parser.error("--deb is missing: the package to install")
    for path in (options.deb, options.old_deb):
        if path and not os.path.isfile(path):
            parser.error(f"{path} is no file")
    return options


def can_boot(options):
    """None, or why not."""
    try:
        missing = [tool for tool in ("dpkg", "dpkg-deb") if not shutil.which(tool)]
        reason = f"there is no {missing[0]} on this machine" if missing else why_not()
        if reason is None:
            with Machine(layout=options.layout):
                pass
        return reason
    except CannotBoot as error:
        return str(error)


def run_case(case, bench):
    bench.case = case.__name__
    begun = time.monotonic()
    print(f"{bench.case}: {case.__doc__.strip().splitlines()[0]}", flush=True)
    try:
        case(bench)
        passed = True
    except Exception:
        traceback.print_exc(file=sys.stdout)
        passed = False
    print(f"{bench.case}: {'passed' if passed else 'FAILED'} ({time.monotonic() - begun:.1f} s)\n", flush=True)
    return passed


def main():
    # So that the machine is taken down then too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    options = parse()
    reason = can_boot(options)
    if reason:
        print(f"{'*' * 100}\ntest-systemd: NOT RUN: {reason}\n{'*' * 100}", flush=True)
        return 0 if options.may_skip else NOT_RUN
    bench = Bench(options)
    cases = [case for case in CASES if not options.only or case.__name__ in options.only]
    failed = [case.__name__ for case in cases if not run_case(case, bench)]
    bench.print_table()
    print(f"\n{len(cases) - len(failed)} of {len(cases)} cases passed")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
