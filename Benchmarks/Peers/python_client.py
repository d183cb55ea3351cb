"""What a guarded call costs in Python: with the client of breakerd, by the board, and with pybreaker, in memory and on redis.
Prints JSON. Arguments: the socket of breakerd, a breaker without and one with a slow_call, the socket of redis or ''.
"""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../clients/python/src"))
import breakerd


def work():
    return None


def measure(call, count):
    start = time.perf_counter_ns()
    for _ in range(count):
        call(work)
    return (time.perf_counter_ns() - start) / count


client = breakerd.Client(sys.argv[1], deadline=1)
plain, timed = client.breaker(sys.argv[2]), client.breaker(sys.argv[3])
# For a second after it is first seen, a breaker's successes are told one by one.
end = time.monotonic() + 1.2
while time.monotonic() < end:
    plain.call(work)
    timed.call(work)
figures = {"call": measure(plain.call, 200_000), "timed": measure(timed.call, 200_000)}
try:
    import pybreaker

    figures["pybreaker"] = measure(pybreaker.CircuitBreaker().call, 100_000)
    if sys.argv[4]:
        import redis

        storage = pybreaker.CircuitRedisStorage(pybreaker.STATE_CLOSED, redis.Redis(unix_socket_path=sys.argv[4]), "api")
        figures["pybreaker_redis"] = measure(pybreaker.CircuitBreaker(state_storage=storage).call, 1_000)
except ImportError as error:
    figures.setdefault("pybreaker", None)
    print(error, file=sys.stderr)
print(json.dumps(figures))
