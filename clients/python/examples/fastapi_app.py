"""FastAPI: requests by httpx that a breaker guards, a dependency for what else an endpoint does, and one handler that answers
503 with Retry-After. The event loop never waits for the daemon.

    pip install fastapi uvicorn 'breakerd[httpx]'
    uvicorn --workers 4 fastapi_app:app
"""

import asyncio
import contextlib
import math
import os

import fastapi
import httpx
from fastapi.responses import JSONResponse

import breakerd
from breakerd.httpx import AsyncBreakerTransport

PAYMENTS = os.environ.get("PAYMENTS_URL", "https://payments.example.com/")

client = breakerd.Client(name="shop")
stock = client.breaker("stock", exclude=fastapi.HTTPException)


@contextlib.asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient(transport=AsyncBreakerTransport(client, name="payments"), timeout=2) as app.state.http:
        yield
    client.close()


app = fastapi.FastAPI(lifespan=lifespan)


async def guard_stock():
    """What the endpoint raises counts, an HTTPException excepted."""
    async with stock:
        yield


@app.get("/pay")
async def pay(request: fastapi.Request):
    answer = await request.app.state.http.get(PAYMENTS)
    answer.raise_for_status()
    return {"payments": answer.text}


@app.get("/stock/{number}", dependencies=[fastapi.Depends(guard_stock)])
async def count_stock(number: int):
    await asyncio.sleep(0)
    if number < 0:
        raise fastapi.HTTPException(404)
    if number > 1_000:
        raise OSError("the stock database is away")
    return {"stock": number}


@app.exception_handler(breakerd.Denied)
async def denied(request: fastapi.Request, error: breakerd.Denied):
    headers = {} if error.retry_after is None else {"Retry-After": str(max(math.ceil(error.retry_after), 1))}
    return JSONResponse({"error": str(error)}, 503, headers)


@app.exception_handler(httpx.HTTPError)
async def failed(request: fastapi.Request, error: httpx.HTTPError):
    return JSONResponse({"error": str(error)}, 502)
