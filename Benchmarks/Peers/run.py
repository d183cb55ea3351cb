#!/usr/bin/env python3
"""One table of what a guarded call costs with breakerd and with others, all measured in one go on this machine.

    Benchmarks/Peers/run.py [--rounds N] [--quick] [--only PART] [--json FILE]

Contestants take turns, round after round; figures are medians, and the spread is from the least to the greatest. For one
request at a time server and load share one processor, since a wake-up across processors costs more than all else; for
pipelines each has one. Needs cc, and what is there of: redis-server, go with $GOBREAKER (a directory with the source of
sony/gobreaker), pybreaker and the redis module for python3. What is missing is left out, and said.
"""

import argparse
import json
import os
import platform
import resource
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILT = os.path.join(ROOT, ".build", "release")
SERVER, OTHER = "0", str(min(1, (os.cpu_count() or 1) - 1))


class Server:
    """A server with a Unix socket, bound to a processor, ended with the `with`."""

    def __init__(self, path, command):
        self.path = path
        self.process = subprocess.Popen(["taskset", "-c", SERVER] + command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        end = time.monotonic() + 60
        while True:
            try:
                connect(path).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"{command[0]} did not come up: {self.process.stderr.read().decode()}")
                time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def memory(self):
        """Resident kilobytes: all, and those of its own."""
        with open(f"/proc/{self.process.pid}/status") as status:
            fields = dict(line.split(":", 1) for line in status)
        return {key: int(fields[key].split()[0]) for key in ("VmRSS", "RssAnon")}


def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


def ask(path, lines, replies):
    """Sends lines and waits for so many lines of reply."""
    with connect(path) as connection:
        connection.setblocking(False)
        data = memoryview(("\n".join(lines) + "\n").encode())
        while data or replies > 0:
            # Replies are longer than requests: who only sends is not read from any more.
            poll = select.poll()
            poll.register(connection, select.POLLIN | (select.POLLOUT if data else 0))
            events = sum(event for _, event in poll.poll(120_000))
            if not events:
                raise SystemExit(f"{path} has not answered for two minutes")
            if events & ~select.POLLOUT:
                replies -= connection.recv(1 << 16).count(b"\n")
            if events & select.POLLOUT:
                data = data[connection.send(data[:1 << 16]):]


def breakerd(directory, *options, before=()):
    """A daemon whose files lie in a directory, started by what is to come before it."""
    path = os.path.join(directory, "breakerd.sock")
    return Server(path, [*before, os.path.join(BUILT, "breakerd"), "--socket", path,
                         "--admin-socket", os.path.join(directory, "admin.sock"),
                         "--state", os.path.join(directory, "state.sqlite"), "--log-level", "error", *options])


def load(path, requests, cpu=SERVER, **options):
    """What bench-load measures."""
    words = [word for key, value in options.items() if value is not False
             for word in ([f"--{key.replace('_', '-')}"] + ([] if value is True else [str(value)]))]
    command = ["taskset", "-c", cpu, os.path.join(BUILT, "bench-load"), path, *requests, *words]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


class Table:
    """Rounds of figures, by row."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.rows = {}
        self.notes = []

    def measure(self, contestants, rounds=None):
        """Runs each contestant, in turn, as often as there are rounds; each returns figures by name."""
        for _ in range(rounds or self.rounds):
            for name, run in contestants.items():
                for key, value in run().items():
                    self.rows.setdefault((name, key), []).append(value)
                print(".", end="", file=sys.stderr, flush=True)

    def median(self, name, key):
        values = [value for value in self.rows.get((name, key), []) if value is not None]
        return statistics.median(values) if values else None

    def spread(self, name, key):
        values = [value for value in self.rows.get((name, key), []) if value is not None]
        return (min(values), max(values)) if values else (None, None)

    def ratios(self, one, other):
        """What one row and figure is of another, round by round; of none: as it is."""
        left, right = self.rows.get(one, []), self.rows.get(other, []) if other else None
        if right is None:
            return [value for value in left if value is not None]
        return [value / divisor for value, divisor in zip(left, right) if value and divisor]


def resp(words):
    """A command of redis, less the end of its last line."""
    text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    return text[:-1]


def sockets(table, directory, milliseconds):
    """One at a time, in a pipeline, and with a connection for each request."""
    with tempfile.TemporaryDirectory(prefix="brk-", dir=directory) as home:
        echo = os.path.join(home, "echo")
        redis = os.path.join(home, "redis.sock")
        servers = [breakerd(home), Server(os.path.join(home, "echo.sock"), [echo_program(home), echo + ".sock"])]
        with servers[0] as daemon, servers[1] as echoes:
            has_redis = shutil.which("redis-server") is not None
            redis_server = Server(redis, ["redis-server", "--port", "0", "--unixsocket", redis, "--save", "",
                                          "--appendonly", "no", "--dir", home]) if has_redis else None
            if not has_redis:
                table.notes.append("redis-server is not here: apt-get install redis-server")
            kinds = [("echo", echoes.path, ["allow bench.#"]), ("breakerd allow", daemon.path, ["allow bench.#"]),
                     ("breakerd report", daemon.path, ["report bench.# ok"])]
            if has_redis:
                # As many digits as the names of 1,000 keys have.
                kinds += [("redis INCR", redis, ["INCR"]), ("redis GET", redis, ["GET"])]

            def runner(kind, path, requests, cpu, **options):
                def run():
                    lines = requests
                    if kind.startswith("redis"):
                        width = len(str(options["names"] - 1))
                        key = "bench." + "0" * width
                        lines = [resp([requests[0], key]).replace(key, "bench.#")]
                    per_reply = 2 if kind == "redis GET" else 1
                    return load(path, lines, cpu, milliseconds=milliseconds, lines_per_reply=per_reply, **options)
                return run

            try:
                for connections in (1, 8, 64):
                    table.measure({
                        f"{kind}, {connections} at a time": runner(kind, path, requests, SERVER, names=10,
                                                                   connections=connections)
                        for kind, path, requests in kinds})
                table.measure({
                    f"{kind}, pipeline": runner(kind, path, requests, OTHER, names=1000, connections=8, depth=50,
                                                          spins=True)
                    for kind, path, requests in kinds})
                table.measure({
                    f"{kind}, connecting": runner(kind, path, requests, SERVER, names=10, reconnects=True)
                    for kind, path, requests in kinds if kind != "breakerd report"})
            finally:
                if redis_server:
                    redis_server.__exit__()


def echo_program(directory):
    path = os.path.join(directory, "echo-server")
    subprocess.run(["cc", "-O2", "-o", path, os.path.join(HERE, "echo.c")], check=True)
    return path


def scale(table, directory, milliseconds, largest):
    """What a decision costs among many breakers, connections and watchers, and what they take of memory."""
    # In memory, as the board of a service is.
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else directory
    with tempfile.TemporaryDirectory(prefix="brk-", dir=memory) as home:
        with open(os.path.join(home, "breakerd.yaml"), "w") as file:
            file.write(f"daemon: {{max_breakers: {largest + 1000}, max_connections: 16000}}\n")
        with breakerd(home, "--config", file.name) as daemon:
            table.rows[("idle", "rss")] = [daemon.memory()["VmRSS"]]
            table.rows[("idle", "anonymous")] = [daemon.memory()["RssAnon"]]
            counts = [count for count in (10, 1_000, 10_000, 100_000, 1_000_000) if count <= largest]
            for count in counts:
                before = daemon.memory()
                width = len(str(count - 1))
                names = [f"allow bench.{number:0{width}}" for number in range(count)]
                ask(daemon.path, names, count)
                after = daemon.memory()
                if count >= 100_000:
                    # Those of the counts before stay; their names are shorter.
                    for key, figure in (("RssAnon", "without board"), ("VmRSS", "with board")):
                        each = (after[key] - before[key]) * 1024 / count
                        table.rows[(f"{count} breakers", f"bytes each, {figure}")] = [each]
            table.measure({
                f"{count} breakers": lambda count=count: load(
                    daemon.path, ["allow bench.#"], OTHER, milliseconds=milliseconds, names=count, connections=8, depth=50, spins=True)
                for count in counts})
    with tempfile.TemporaryDirectory(prefix="brk-", dir=directory) as home:
        with breakerd(home) as daemon:
            crowd = []
            for count in (0, 100, 1_000, 10_000):
                before = daemon.memory()["VmRSS"]
                added = count - len(crowd)
                crowd += [connect(daemon.path) for _ in range(added)]
                ask(daemon.path, ["ping"], 1)
                if added > 1_000:
                    table.rows[(f"{count} idle connections", "bytes each")] = [
                        (daemon.memory()["VmRSS"] - before) * 1024 / added]
                table.measure({f"{count} idle connections": lambda: load(
                    daemon.path, ["allow bench.#"], SERVER, milliseconds=milliseconds, names=10, connections=8)})
            for connection in crowd:
                connection.close()
            time.sleep(1)
            crowd = []
            for count in (0, 100, 1_000):
                while len(crowd) < count:
                    connection = connect(daemon.path)
                    connection.sendall(b"watch none.*\n" if len(crowd) % 10 else b"watch\n")
                    crowd.append(connection)
                table.measure({f"{count} watchers": lambda: load(
                    daemon.path, ["report flip.# fail", "report flip.# fail", "report flip.# fail", "report flip.# fail",
                                  "report flip.# fail", "allow flip.#"], OTHER,
                    milliseconds=milliseconds, names=1000, connections=1, depth=6)})
            for connection in crowd:
                connection.close()


def flood(table, directory, milliseconds):
    """One client, or a thousand of another user, send all they can; how long does another wait?"""
    with tempfile.TemporaryDirectory(prefix="brk-", dir=directory) as home, breakerd(home) as daemon:
        def one(path=daemon.path):
            return load(path, ["allow bench.#"], OTHER, milliseconds=milliseconds, names=10)

        def beside(connections, depth, user=(), path=daemon.path):
            storm = subprocess.Popen(
                [*user, "taskset", "-c", OTHER, os.path.join(BUILT, "bench-load"), daemon.path, "allow storm.#", "--names", "1000",
                 "--connections", str(connections), "--depth", str(depth), "--milliseconds", str(milliseconds + 1000)],
                stdout=subprocess.DEVNULL)
            time.sleep(0.3)
            try:
                return one(path)
            finally:
                storm.wait()
        measures = {"alone": one, "beside a flood": lambda: beside(1, 1000)}
        if os.geteuid() == 0 and shutil.which("setpriv"):
            for path, mode in ((directory, 0o755), (home, 0o755), (daemon.path, 0o666)):
                os.chmod(path, mode)
            nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            measures["beside 1,000 connections of another user"] = lambda: beside(1000, 50, nobody)
            measures["an admin beside them"] = lambda: beside(1000, 50, nobody, os.path.join(home, "admin.sock"))
        table.measure(measures)


def knocks(table, directory, milliseconds):
    """Another user connects and closes as fast as two processes can; how long does who is connected wait, and who connects?"""
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        table.notes.append("the storm of connections left out: it needs root and setpriv")
        return
    knock = os.path.join(directory, "knock")
    subprocess.run(["cc", "-O2", "-o", knock, os.path.join(HERE, "knock.c")], check=True)
    # As the service is started.
    with tempfile.TemporaryDirectory(prefix="brk-", dir=directory) as home, breakerd(home, before=["nice", "-n", "-10"]) as daemon:
        for path, mode in ((directory, 0o755), (home, 0o755), (daemon.path, 0o666)):
            os.chmod(path, mode)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

        def beside(run):
            storm = [subprocess.Popen([*nobody, knock, daemon.path, str(10 * milliseconds + 1000), "storm"]) for _ in range(2)]
            time.sleep(0.5)
            try:
                return run()
            finally:
                for process in storm:
                    process.kill()
                    process.wait()

        def connecting():
            result = subprocess.run([knock, daemon.path, str(10 * milliseconds)], check=True, capture_output=True, text=True)
            return json.loads(result.stdout)
        table.measure({
            "beside a storm of connections": lambda: beside(lambda: load(
                daemon.path, ["allow bench.#"], OTHER, milliseconds=10 * milliseconds, names=10)),
            "connecting beside a storm of connections": lambda: beside(connecting)})


def trips(table, directory):
    """How soon every process refuses after a trip."""
    program = os.path.join(directory, "trips")
    build_c(program, "trips.c")
    with tempfile.TemporaryDirectory(prefix="brk-", dir=directory) as home, breakerd(home) as daemon:
        admin = os.path.join(home, "admin.sock")
        result = subprocess.run([program, daemon.path, admin, "1000"], check=True, capture_output=True, text=True)
        table.measure({"trips": lambda: json.loads(result.stdout)}, rounds=1)


def build_c(program, source):
    """A program around the client in C."""
    client = os.path.join(ROOT, "clients", "c")
    subprocess.run(["cc", "-O2", "-I", client, "-o", program, os.path.join(HERE, source),
                    os.path.join(client, "breakerd.c")], check=True)


def in_process(table, directory):
    """Guarded calls on a healthy dependency, in nanoseconds each."""
    contestants = {}
    source = os.environ.get("GOBREAKER")
    if source and shutil.which("go"):
        program = build_go(source, directory)
        contestants["gobreaker"] = lambda: nanoseconds([program])
    else:
        table.notes.append("gobreaker left out: needs go, and $GOBREAKER with the source of sony/gobreaker")
    c_client = os.path.join(directory, "c-client")
    build_c(c_client, "c_client.c")
    with tempfile.TemporaryDirectory(prefix="brk-", dir=directory) as home, breakerd(home) as daemon:
        redis = os.path.join(home, "redis.sock")
        redis_server = None
        if shutil.which("redis-server"):
            redis_server = Server(redis, ["redis-server", "--port", "0", "--unixsocket", redis, "--save", "",
                                          "--appendonly", "no", "--dir", home])
        ask(os.path.join(home, "admin.sock"), ["set timed trip.slow_call=1s trip.slow_rate=50%", "allow plain"], 2)
        arguments = [daemon.path, "plain", "timed"]
        contestants["C client"] = lambda: nanoseconds([c_client, *arguments])
        contestants["Swift client"] = swift_calls
        contestants["Python"] = lambda: nanoseconds(
            [sys.executable, os.path.join(HERE, "python_client.py"), *arguments, redis if redis_server else ""])
        try:
            table.measure(contestants)
        finally:
            if redis_server:
                redis_server.__exit__()
    if table.median("Python", "pybreaker") is None:
        table.notes.append("pybreaker left out: pip install pybreaker redis")


def swift_calls():
    """Nanoseconds of each kind of call of the Swift client: client-benchmark prints a kind, its median, and percentiles."""
    command = ["taskset", "-c", OTHER, os.path.join(BUILT, "client-benchmark"), "5"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    medians = {words[0]: float(words[1]) for words in map(str.split, lines) if len(words) == 4}
    return {"sync": medians["sync"], "sync_timed": medians["slow"], "async": medians["async"]}


def build_go(source, directory):
    """A program around gobreaker's Execute; it prints JSON."""
    home = os.path.join(directory, "go")
    os.makedirs(home, exist_ok=True)
    shutil.copy(os.path.join(HERE, "gobreaker.go"), os.path.join(home, "main.go"))
    with open(os.path.join(home, "go.mod"), "w") as file:
        file.write("module bench\n\ngo 1.19\n\nrequire github.com/sony/gobreaker v1.0.0\n\n"
                   f"replace github.com/sony/gobreaker => {os.path.abspath(source)}\n")
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": os.path.join(home, "cache")}
    subprocess.run(["go", "build", "-o", "bench", "."], cwd=home, env=environment, check=True)
    return os.path.join(home, "bench")


def nanoseconds(command):
    """Figures of a program that prints them as one line of JSON."""
    result = subprocess.run(["taskset", "-c", OTHER, *command], check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


# What is to be reached: name, the row and figure, what it is divided by, the bound, and whether it is the least or the most.
def goals(largest):
    for connections in (1, 8, 64):
        for verb in ("allow", "report"):
            row = f"breakerd {verb}, {connections} at a time"
            for other, bound in (("echo", 0.75), ("redis INCR", 1.0)):
                yield f"{row} / {other}", (row, "rate"), (f"{other}, {connections} at a time", "rate"), bound, "least"
    for verb in ("allow", "report"):
        yield (f"breakerd {verb}, 8 x 50 in a pipeline / redis INCR", (f"breakerd {verb}, pipeline", "rate"),
               ("redis INCR, pipeline", "rate"), 3.0, "least")
    for count, bound in ((10_000, 1.2), (largest, 2.5)):
        yield (f"processor time a decision, {count:,} / 10 breakers", (f"{count} breakers", "cpu"),
               ("10 breakers", "cpu"), bound, "most")
    gobreaker, pybreaker = ("gobreaker", "call"), ("Python", "pybreaker")
    for client, figure, other, bound in (
            ("C client", "call", gobreaker, 0.15), ("C client", "timed", gobreaker, 0.25),
            ("Swift client", "sync", gobreaker, 0.15), ("Swift client", "sync_timed", gobreaker, 0.25),
            ("Swift client", "async", gobreaker, 0.5), ("Python", "call", pybreaker, 0.35),
            ("Python", "call", ("Python", "pybreaker_redis"), 1 / 400)):
        name = "pybreaker in memory" if other == pybreaker else " ".join(other).replace("Python ", "").replace(" call", "")
        yield f"{client}, {figure} / {name}", (client, figure), other, bound, "most"
    for row in ("beside a flood", "beside 1,000 connections of another user", "an admin beside them", "beside a storm of connections"):
        yield f"p99 of a request in ns, {row}", (row, "p99"), None, 10_000_000, "most"
    yield "new connections late, beside a storm of them", ("connecting beside a storm of connections", "late"), None, 0, "most"
    for name, row, bound in (
            ("bytes a breaker, without board", (f"{largest} breakers", "bytes each, without board"), 300),
            ("bytes a breaker, with board", (f"{largest} breakers", "bytes each, with board"), 550),
            ("bytes a connection", ("10000 idle connections", "bytes each"), 8192),
            ("idle, KiB resident", ("idle", "rss"), 22 * 1024),
            ("idle, KiB anonymous", ("idle", "anonymous"), 4 * 1024),
            ("calls let through by the board after a trip", ("trips", "calls let through after the reply"), 0)):
        yield name, row, None, bound, "most"


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def report(table, largest):
    print("\n\n| what | goal | median | least | greatest | |\n|---|---|---|---|---|---|")
    for name, one, other, bound, kind in goals(largest):
        values = table.ratios(one, other)
        if not values:
            continue
        median = statistics.median(values)
        holds = median >= bound if kind == "least" else median <= bound
        print(f"| {name} | {'at least' if kind == 'least' else 'at most'} {number(bound)} | {number(median)} | "
              f"{number(min(values))} | {number(max(values))} | {'' if holds else 'missed'} |")
    print("\n| what | figure | median | least | greatest |\n|---|---|---|---|---|")
    units = {"rate": "requests a second", "p50": "p50 in ns", "p99": "p99 in ns", "p999": "p99.9 in ns", "cpu": "server's processor time in ns a request"}
    for (name, key), values in table.rows.items():
        if key in ("requests", "max") or key == "errors" and not any(values):
            continue
        least, greatest = table.spread(name, key)
        print(f"| {name} | {units.get(key, key)} | {number(table.median(name, key))} | {number(least)} | {number(greatest)} |")
    for note in table.notes:
        print(f"\n{note}")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--milliseconds", type=int, default=400, help="of each measurement")
    options.add_argument("--quick", action="store_true", help="one short round, up to 100,000 breakers")
    options.add_argument("--only", choices=["sockets", "in_process", "scale", "flood", "knocks", "trips"], help="one part")
    options.add_argument("--json", metavar="FILE", help="all figures, as they were measured")
    options = options.parse_args()
    if options.quick:
        options.rounds, options.milliseconds = 1, 100
    largest = 100_000 if options.quick else 1_000_000
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, 1 << 16), files))
    table = Table(options.rounds)
    with tempfile.TemporaryDirectory(prefix="brk-") as directory:
        parts = {
            "sockets": lambda: sockets(table, directory, options.milliseconds),
            "in_process": lambda: in_process(table, directory),
            "scale": lambda: scale(table, directory, options.milliseconds, largest),
            "flood": lambda: flood(table, directory, options.milliseconds),
            "knocks": lambda: knocks(table, directory, options.milliseconds),
            "trips": lambda: trips(table, directory)}
        for name, part in parts.items():
            if options.only in (None, name):
                part()
    print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, {platform.platform()}, {options.rounds} rounds", end="")
    report(table, largest)
    if options.json:
        with open(options.json, "w") as file:
            json.dump([[name, key, values] for (name, key), values in table.rows.items()], file)


if __name__ == "__main__":
    main()
