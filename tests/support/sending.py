"""A webhook sink for tests: what it signs with, whom it may call, and how long it waits."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from aiohttp.abc import AbstractResolver, ResolveResult

from ffgateway.clock import Clock
from ffgateway.delivery.outbound import AddressGuard
from ffgateway.delivery.samples import sample
from ffgateway.delivery.signing import new_secret
from ffgateway.delivery.sink import ERRORS, Outcome, Sink, Target
from ffgateway.delivery.webhooks import WebhookSink
from ffgateway.domain.events import EventType

SECRET = new_secret(bytes(range(32)))
OLDER = new_secret(bytes(range(24)))
EVENT = sample(EventType.FAX_DELIVERED)
LOOPBACK = AddressGuard(allow=["127.0.0.0/8", "::1/128"])
SOON = timedelta(milliseconds=500)
"""A deadline for peers that never finish; far longer than the loopback needs for anything else."""


class NameServer(AbstractResolver):
    """Answers with whatever the test says, as the name server of somebody hostile would.

    Of several answers each look-up gets the next, and the last one is repeated. An empty list is a
    name that does not exist; None is no answer at all.
    """

    def __init__(self, *answers: list[str] | None) -> None:
        self.answers = answers
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        if addresses is None:
            await asyncio.Event().wait()
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to release."""


class At(Clock):
    """A clock whose moment the test chose."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@asynccontextmanager
async def delivering(
    guard: AddressGuard = LOOPBACK,
    *,
    clock: Clock | None = None,
    deadline: timedelta = timedelta(seconds=10),
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
    proxy: str | None = None,
) -> AsyncIterator[WebhookSink]:
    sink = WebhookSink(
        guard, clock=clock or Clock(), deadline=deadline, tls=tls, resolver=resolver, proxy=proxy
    )
    try:
        yield sink
    finally:
        await sink.close()


async def send(sink: Sink, url: str) -> Outcome:
    outcome = await sink.send(Target(url=url, secrets=[SECRET]), EVENT)
    assert outcome.error in ERRORS or not outcome.error
    assert outcome.duration_ms >= 0
    return outcome
