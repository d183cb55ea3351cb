"""A program as a type checker sees it: guarded functions keep their types. It is checked, not run."""

from typing import Awaitable, Callable

import breakerd

client = breakerd.Client(deadline=0.02, on_unavailable=breakerd.Local(failures=3))
api = client.breaker("api", exclude=(KeyError, LookupError), is_failure=lambda error: "busy" not in str(error))


def fetch(number: int, *, retries: int = 0) -> str:
    return str(number)


async def fetch_async(number: int, *, retries: int = 0) -> str:
    return str(number)


@api
def decorated(number: int) -> str:
    return fetch(number)


@api
async def decorated_async(number: int) -> str:
    return await fetch_async(number)


def use() -> str:
    text: str = api.call(fetch, 7, retries=2)
    same: Callable[[int], str] = decorated
    api.call(fetch, "7")  # type: ignore[arg-type]
    with api as permit:
        permit.fail("status")
    try:
        api.permit(lease=90).settle(OSError())
    except breakerd.Denied as denied:
        wait: float = denied.retry_after or 0.0
        return f"{wait}"
    return text + same(7)


async def use_async() -> str:
    text: str = await api.call_async(fetch_async, 7, retries=2)
    same: Callable[[int], Awaitable[str]] = decorated_async
    await api.call_async(fetch_async, 7, tries=2)  # type: ignore[call-arg]
    await api.call_async(fetch, 7)  # type: ignore[arg-type]
    async with api as permit:
        permit.ignore()
    (await api.permit_async(lease=90)).ok()
    return text + await same(7)
