#!/usr/bin/env python3
"""The driver of the conformance suite (clients/conformance/README.md): obeys commands from standard input, one line each,
and answers each with one line. It uses the package ``breakerd`` that this interpreter finds.

    conformance.py [--asyncio]

``call`` is made by ``Breaker.call``, or by a permit where it has a lease; ``run`` by a decorated function, ``spin`` by
``with``, so that the suite sees each of them. With ``--asyncio`` these and ``allow`` are made by what is for coroutines, in
one event loop.
"""

import asyncio
import gc
import logging
import os
import sys
import threading
import time

import breakerd

DEFAULT_DEADLINE_MS = 50
LATE_MS = 20


class Ignored(Exception):
    """What no breaker counts."""


class Lines(logging.Handler):
    """Keeps what was logged until it is taken."""

    def __init__(self):
        super().__init__()
        self._lines = []
        self.logger = logging.Logger("conformance")
        self.logger.addHandler(self)

    def emit(self, record):
        self._lines.append(" ".join(record.getMessage().split()))

    def take(self):
        lines, self._lines = self._lines, []
        return lines


class Block:
    """What is guarded: it takes so long, and ends as it is told. It knows whether it ran, and for how long."""

    def __init__(self, outcome, class_name="Failure", work=0.0):
        self.result = object()
        self.error = None
        self.spent = None
        self._work = work
        if outcome == "fail":
            self.error = type(class_name, (Exception,), {})("as told")
        elif outcome == "ignore":
            self.error = Ignored("as told")
        elif outcome != "ok":
            raise ValueError(f"no outcome: {outcome}")

    def __call__(self):
        begin = time.monotonic()
        if self._work > 0:
            time.sleep(self._work)
        return self._end(begin)

    async def run(self):
        """The same in a task."""
        begin = time.monotonic()
        if self._work > 0:
            await asyncio.sleep(self._work)
        return self._end(begin)

    def _end(self, begin):
        self.spent = time.monotonic() - begin
        if self.error is not None:
            # Raised again and again it would gather the traces of all times.
            raise self.error.with_traceback(None)
        return self.result

    def check(self, guarded):
        """Makes a guarded call; what came out of it must be what the block gave."""
        self.spent = None
        try:
            result = guarded()
        except (breakerd.Denied, breakerd.InvalidName):
            raise
        except Exception as error:
            if error is not self.error:
                raise
        else:
            if result is not self.result or self.error is not None:
                raise AssertionError(f"another result came out of the call: {result!r}")
        if self.spent is None:
            raise AssertionError("the block did not run")


class Driver:
    """One method for each command; it takes the words after the command, and returns the answer."""

    def __init__(self):
        self._client = None
        self._deadline = DEFAULT_DEADLINE_MS / 1000
        self._lines = Lines()
        self._permits = {}
        self._last_permit = 0
        self._inherited = inherited()

    def answer(self, words):
        try:
            command = getattr(self, "do_" + words[0], None)
            if command is None:
                return f"error command {words[0]}"
            return command(*words[1:])
        except breakerd.Denied as denied:
            verb = "deny" if words[0] == "allow" else "denied"
            return f"{verb} {denied.reason} retry_ms={retry_ms(denied)}"
        except breakerd.InvalidName:
            return "error name"
        except Exception as error:
            return " ".join(f"raised {type(error).__name__} {error}".split())

    def end(self):
        if self._client is not None:
            self._client.close()

    # Commands

    def do_new(self, *words):
        self.end()
        values = options(words)
        try:
            self._client = self._new_client(**values)
        except ValueError:
            return "error option"
        self._deadline = int(values.get("deadline_ms", DEFAULT_DEADLINE_MS)) / 1000
        return "ok"

    def do_call(self, name, outcome, *words):
        values = options(words)
        block = Block(outcome, values.get("class", "Failure"), int(values.get("work_ms", 0)) / 1000)
        self._call(self._breaker(name), block, lease(values))
        return "allowed"

    def do_allow(self, name, *words):
        permit = self._ask(self._breaker(name), lease(options(words)))
        self._last_permit += 1
        self._permits[self._last_permit] = permit
        return f"allow {self._last_permit}"

    def do_report(self, number, outcome, *words):
        permit = self._permits[int(number)]
        if outcome == "fail":
            permit.fail(options(words).get("class"))
        else:
            {"ok": permit.ok, "ignore": permit.ignore}[outcome]()
        return "ok"

    def do_drop(self, number):
        del self._permits[int(number)]
        gc.collect()
        return "ok"

    def do_run(self, name, count, outcome):
        block = Block(outcome)
        guarded = self._decorated(self._breaker(name), block)
        return self._tally(block, guarded, range(int(count)))

    def do_spin(self, name, milliseconds, outcome):
        block = Block(outcome)
        api = self._breaker(name)
        return self._tally(block, lambda: self._with(api, block), self._turns(int(milliseconds) / 1000))

    def do_flush(self):
        self._client.flush()
        return "ok"

    def do_counts(self):
        names = ("requests", "unavailable", "timeouts", "connections", "boards", "denied_locally", "reports_sent",
                 "reports_refused", "reports_dropped")
        statistics = self._client.statistics
        return " ".join(f"{name}={getattr(statistics, name)}" for name in names)

    def do_log(self):
        return "|".join(self._lines.take()) or "-"

    def do_inherited(self):
        return str(inherited() - self._inherited)

    def do_pid(self):
        return str(os.getpid())

    def do_fork(self):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return "parent"
        self._after_fork()
        return "child"

    def do_close(self):
        self._client.close()
        return "ok"

    # How calls are made

    def _call(self, api, block, lease):
        if lease is None:
            block.check(lambda: api.call(block))
        else:
            block.check(lambda: self._with_lease(api, block, lease))

    def _with_lease(self, api, block, lease):
        permit = api.permit(lease)
        try:
            result = block()
        except Exception as error:
            permit.settle(error)
            raise
        permit.ok()
        return result

    def _ask(self, api, lease):
        return api.permit(lease)

    def _decorated(self, api, block):
        return api(lambda: block())

    def _with(self, api, block):
        with api:
            return block()

    def _rest(self, seconds):
        time.sleep(seconds)

    def _after_fork(self):
        """In the child."""

    def end_loops(self):
        """At the end of the process."""

    # What they share

    def _new_client(self, socket=None, name=None, deadline_ms=DEFAULT_DEADLINE_MS, flush_ms=100, on="allow", failures=None,
                    open_ms=None, board="yes"):
        if on == "local":
            rule = {}
            if failures is not None:
                rule["failures"] = int(failures)
            if open_ms is not None:
                rule["duration"] = int(open_ms) / 1000
            on = breakerd.Local(**rule)
        return breakerd.Client(
            socket, deadline=int(deadline_ms) / 1000, on_unavailable=on, name=name, use_board=board == "yes",
            flush_interval=int(flush_ms) / 1000, logger=self._lines.logger)

    def _breaker(self, name):
        return self._client.breaker(name, exclude=Ignored)

    def _turns(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            yield
            self._rest(0.001)

    def _tally(self, block, guarded, turns):
        allowed = denied = errors = late = 0
        longest = 0.0
        for _ in turns:
            begin = time.monotonic()
            try:
                block.check(guarded)
                allowed += 1
            except breakerd.Denied:
                denied += 1
            except Exception:
                errors += 1
            spent = time.monotonic() - begin - (block.spent or 0.0)
            longest = max(longest, spent)
            late += spent > self._deadline + LATE_MS / 1000
        return f"allowed={allowed} denied={denied} errors={errors} late={late} longest_us={round(longest * 1e6)}"


class AsyncioDriver(Driver):
    """Makes the same calls in an event loop; between commands it stands still."""

    def __init__(self):
        super().__init__()
        self._loops = [asyncio.new_event_loop()]

    def _do(self, coroutine):
        return self._loops[-1].run_until_complete(coroutine)

    def _call(self, api, block, lease):
        if lease is None:
            block.check(lambda: self._do(api.call_async(block.run)))
        else:
            block.check(lambda: self._do(self._with_lease(api, block, lease)))

    async def _with_lease(self, api, block, lease):
        permit = await api.permit_async(lease)
        try:
            result = await block.run()
        except Exception as error:
            permit.settle(error)
            raise
        permit.ok()
        return result

    def _ask(self, api, lease):
        return self._do(api.permit_async(lease))

    def _decorated(self, api, block):
        @api
        async def guarded():
            return await block.run()

        return lambda: self._do(guarded())

    def _with(self, api, block):
        return self._do(self._with_async(api, block))

    async def _with_async(self, api, block):
        async with api:
            return await block.run()

    def _rest(self, seconds):
        self._do(asyncio.sleep(seconds))

    def _after_fork(self):
        self._loops.append(asyncio.new_event_loop())

    def end_loops(self):
        self._loops.pop().close()
        if self._loops:
            # The parent's loop shares its epoll with the parent; the end of the interpreter would close the loop.
            os._exit(0)


def options(words):
    return dict(word.split("=", 1) for word in words)


def lease(values):
    return int(values["lease_ms"]) / 1000 if "lease_ms" in values else None


def retry_ms(denied):
    return -1 if denied.retry_after is None else round(denied.retry_after * 1000)


def inherited():
    """How many descriptors above 2 a program would inherit that was started from here."""
    count = 0
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            count += number > 2 and os.get_inheritable(number)
        except OSError:
            # The one that listed them.
            pass
    return count


def read_line():
    """The next line, and not a byte more; None at the end."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return None
        line += byte
    return line.decode().rstrip("\r\n")


def main():
    driver = AsyncioDriver() if sys.argv[1:] == ["--asyncio"] else Driver()
    while (line := read_line()) not in (None, "exit", "leave"):
        if line:
            print(driver.answer(line.split(" ")), flush=True)
    if line == "leave":
        # As in a server, whose threads hold its client until the end; else it would be closed because it is collected.
        threading.Thread(target=lambda: driver and time.sleep(3_600), daemon=True).start()
    else:
        driver.end()
    driver.end_loops()


if __name__ == "__main__":
    main()
