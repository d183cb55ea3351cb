#!/usr/bin/env python3
"""Starts one daemon, one server that can be made ill, and around it what calls it: Flask under gunicorn, PHP under php-fpm and nginx, Rack
under puma, and two cron jobs. Makes the server ill, and shows how all of them know.

    examples/run.py            shows it, checks what it shows, and ends all that it has started
    examples/run.py --stay     stays, so that you can look around; Ctrl-C ends it
    examples/run.py --only php --only cron      these alone
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
#: What each needs.
KINDS = {
    "python": ["gunicorn"],
    "php": ["nginx", "php-fpm"],
    "ruby": ["puma"],
    "cron": ["curl", "socat"],
}


def program(name):
    """Where a program is, or None; Debian's php-fpm has its version in its name, and is in sbin as nginx is."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    versions = [f"php-fpm8.{minor}" for minor in range(9, 1, -1)] if name == "php-fpm" else []
    return next((found for each in [*versions, name] if (found := shutil.which(each, path=path))), None)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(what, check, within=30):
    """Waits until something holds, and returns what the check returned."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            if found := check():
                return found
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError(f"this did not come about: {what}")


def get(url, method="GET"):
    """Status, text, and the Retry-After header."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
            return answer.status, answer.read().decode().strip(), None
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode().strip(), error.headers["Retry-After"]


class Show:
    """All that runs."""

    def __init__(self, directory, kinds):
        self.directory = directory
        self.kinds = kinds
        self.processes = []
        self.urls = {}
        self.upstream = f"http://127.0.0.1:{free_port()}/"
        self.environment = {
            **os.environ,
            "UPSTREAM": self.upstream,
            "BREAKERD_SOCKET": str(directory / "breakerd.sock"),
            "BREAKERCTL": os.environ.get("BREAKERCTL_BIN") or str(ROOT / ".build/debug/breakerctl"),
            "BREAKERD_AUTOLOAD": str(ROOT / "clients/php/autoload.php"),
            "PYTHONPATH": str(ROOT / "clients/python/src"),
            "RUBYLIB": str(ROOT / "clients/ruby/lib"),
        }

    def start(self, *command, cwd=EXAMPLES):
        name = Path(command[0]).name
        with open(self.directory / f"{name}.out", "ab") as log:
            self.processes.append(
                subprocess.Popen(command, env=self.environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def start_all(self):
        self.start(sys.executable, "upstream.py", self.upstream.split(":")[2].strip("/"))
        # Rules for a show: long enough open to look, and not too long to wait for.
        self.start(
            os.environ.get("BREAKERD_BIN") or str(ROOT / ".build/debug/breakerd"), "--socket", self.environment["BREAKERD_SOCKET"],
            "--admin-socket", str(self.directory / "admin.sock"), "--state", str(self.directory / "state.sqlite"),
            "--default", "trip.consecutive_failures=5", "--default", "open.duration=8s", "--default", "open.jitter=0%")
        until("the daemon answers", lambda: self.ctl("list")[0] == 0)
        until("the upstream answers", lambda: get(self.upstream + "count"))
        for kind in self.kinds:
            if kind != "cron":
                self.urls[kind] = f"http://127.0.0.1:{free_port()}/"
                getattr(self, "start_" + kind)(int(self.urls[kind].split(":")[2].strip("/")))
        for kind, url in self.urls.items():
            until(f"{kind} answers at {url}", lambda: get(url)[0])

    def start_python(self, port):
        self.start(program("gunicorn"), "--preload", "--workers", "4", "--bind", f"127.0.0.1:{port}", "app:app", cwd=EXAMPLES / "python")

    def start_php(self, port):
        user = "user = root\ngroup = root" if os.geteuid() == 0 else ""
        for name in ("php-fpm.conf", "nginx.conf"):
            text = (EXAMPLES / "php" / name).read_text()
            (self.directory / name).write_text(text.format(directory=self.directory, port=port, examples=EXAMPLES, user=user))
        if os.geteuid() == 0:
            # So that nginx, which gives up being root, reaches php-fpm's socket.
            (self.directory / "nginx.conf").write_text("user root;\n" + (self.directory / "nginx.conf").read_text())
        root = ["--allow-to-run-as-root"] if os.geteuid() == 0 else []
        self.start(program("php-fpm"), "--nodaemonize", *root, "--fpm-config", str(self.directory / "php-fpm.conf"))
        self.start(program("nginx"), "-e", str(self.directory / "nginx.log"), "-c", str(self.directory / "nginx.conf"))

    def start_ruby(self, port):
        self.start(program("puma"), "--workers", "2", "--threads", "2:2", "--preload", "--bind", f"tcp://127.0.0.1:{port}", cwd=EXAMPLES / "ruby")

    def run(self, *command):
        """A command's exit code, and what it says."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=30)
        return done.returncode, (done.stdout + done.stderr).strip()

    def ctl(self, *words):
        return self.run(self.environment["BREAKERCTL"], *words)

    @property
    def jobs(self):
        return [str(EXAMPLES / "cron" / name) for name in ("fetch.sh", "plain.sh")] if "cron" in self.kinds else []

    def call_all(self):
        for url in self.urls.values():
            get(url)

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def tell(text):
    print(text, flush=True)


def check(holds, text):
    if not holds:
        raise AssertionError(text)


def show_all(show):
    """What there is to see, and whether it is so."""
    upstream = show.upstream

    def all_answer(status, part):
        for kind, url in show.urls.items():
            answer = until(f"{kind} answers {status}", lambda: (got := get(url))[0] == status and got)
            tell(f"    {url:<28} {answer[0]} {answer[1]}" + (f"   (Retry-After: {answer[2]})" if answer[2] else ""))
            check(part in answer[1], answer)

    def jobs_exit(code, part):
        for job in show.jobs:
            status, text = show.run(job)
            tell(f"    {Path(job).name:<28} exit {status}: {text.splitlines()[-1] if text else ''}")
            check(status == code and part in text, (status, text))

    tell("1. All is well.")
    all_answer(200, "fresh data")
    jobs_exit(0, "fresh data")

    tell("\n2. The upstream falls ill. One of them finds out.")
    get(upstream + "break", "POST")
    first = next(iter(show.urls), None)
    if first:
        until("the breaker opens", lambda: get(show.urls[first])[0] == 503)
    else:
        until("the breaker opens", lambda: show.run(show.jobs[0])[0] == 75)
    calls = int(get(upstream + "count")[1])
    tell(f"    {first or 'a cron job'} has failed five times")

    tell("\n3. All the others know, and leave it alone.")
    all_answer(503, "not now")
    jobs_exit(75, "")
    check(int(get(upstream + "count")[1]) <= calls + 1, "somebody has called the upstream")
    tell("    the upstream was not called once more")

    tell("\n4. Why?")
    status, text = show.ctl("why", "upstream")
    check(status == 0 and "5 failures in a row" in text, text)
    tell("    " + "\n    ".join(text.splitlines()[:14]))

    tell("\n5. The upstream is well again. A probe finds out, and all go on.")
    get(upstream + "mend", "POST")
    if not show.urls:
        until("a job may try", lambda: show.run(show.jobs[0])[0] == 0)
    all_answer(200, "fresh data")
    # On a busy machine an answer of the daemon can be late, and a call is made unguarded.
    until("the breaker is closed", lambda: show.ctl("state", "upstream")[1].startswith("closed") or show.call_all())
    jobs_exit(0, "fresh data")
    status, text = show.ctl("list")
    tell("    " + "\n    ".join(text.splitlines()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stay", action="store_true", help="stay until Ctrl-C")
    parser.add_argument("--only", action="append", choices=KINDS, help="this one; can be repeated")
    parser.add_argument("--all", action="store_true", help="an error if something that is needed is missing")
    options = parser.parse_args()
    kinds = []
    for kind in options.only or KINDS:
        missing = [name for name in KINDS[kind] if not program(name)]
        if missing and (options.all or options.only):
            sys.exit(f"{kind}: {missing[0]} is missing; `make example` installs what is needed")
        if missing:
            tell(f"{kind} LEFT OUT: there is no {missing[0]} here")
        else:
            kinds.append(kind)
    with tempfile.TemporaryDirectory(prefix="bx-") as directory:
        show = Show(Path(directory), kinds)
        try:
            show.start_all()
            show_all(show)
            tell("\nAll of it was so.")
            if options.stay:
                tell(f"\nIt runs on until you press Ctrl-C. Try:\n\n    export BREAKERD_SOCKET={show.environment['BREAKERD_SOCKET']}\n"
                     f"    {show.environment['BREAKERCTL']} watch\n    curl -X POST {show.upstream}break; curl -X POST {show.upstream}mend")
                signal.pause()
        except AssertionError as error:
            tell(f"\nNOT SO: {error}")
            for log in sorted(Path(directory).glob("*.out")):
                tell(f"--- {log.name}\n{log.read_text()[-1500:]}")
            return 1
        except KeyboardInterrupt:
            pass
        finally:
            show.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
