"""The rival: passes a body on to an appliance as it comes, through one shared httpx client.

    SINK=http://127.0.0.1:9001 python -m tests.bench.passthrough PORT

It checks nothing, keeps nothing and knows nothing afterwards.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

clients: list[httpx.AsyncClient] = []


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """One client for as long as it runs."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        clients.append(client)
        yield


async def pass_on(request: Request) -> Response:
    """Pass one request on."""
    headers = {name: request.headers[name] for name in ("content-type", "content-length")}
    url = f"{os.environ['SINK']}/ffws/v1/ofax"
    answer = await clients[0].post(url, content=request.stream(), headers=headers)
    return Response(answer.content, status_code=answer.status_code, media_type="application/xml")


app = Starlette(lifespan=lifespan, routes=[Route("/faxes", pass_on, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), http="httptools", access_log=False, log_level="warning")
