"""One key, one act: a request that comes again with its `Idempotency-Key` is answered, not repeated.

Rows in the database say who acts and what was answered, so that it holds across restarts and
replicas. Whoever waits for another holds neither a connection nor the writer.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from ffgateway.clock import Clock
from ffgateway.domain.access import Caller
from ffgateway.domain.errors import (
    Forbidden,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    IdempotencyOutcomeUnknown,
)
from ffgateway.domain.idempotency import (
    BEAT,
    HEADER,
    LEASE,
    PATIENCE,
    Answer,
    Claim,
    Ending,
    Known,
    Repeat,
    State,
    Step,
    digest_of,
    next_step,
)
from ffgateway.services.audited import line
from ffgateway.services.staying import look_again
from ffgateway.store.transaction import Store

LOOK = 0.25
"""Seconds between two looks at a claim that another replica holds."""

Place = tuple[str, str]
"""Principal and digest of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with a key. `name` is for the record: `POST /v1/faxes`."""

    caller: Caller
    key: str
    fingerprint: str
    name: str
    repeat: Repeat
    wait: timedelta = PATIENCE


Act = Callable[[Caller], Awaitable[tuple[Answer, Ending]]]
"""Acts for the caller, who now carries the claim; what goes out, and what it means for the key."""

Rebuild = Callable[[tuple[str, ...]], Awaitable[Answer]]
"""Answers from what was accepted in the key's name, by its ids."""


class Once:
    """The keys. `keep` is how long one is remembered."""

    def __init__(self, store: Store, clock: Clock, *, keep: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._keep = keep
        self._bells: dict[Place, asyncio.Event] = {}

    async def run(
        self, request: Request, act: Act, rebuild: Rebuild | None = None
    ) -> tuple[Answer, bool]:
        """Act, or give the answer that the first request got; say which: True is an answer again.

        Raises `IdempotencyKeyReused`, `IdempotencyKeyInUse` when the first one is still at work
        after `request.wait`, `IdempotencyOutcomeUnknown`, and `Forbidden` to who could do more then.
        """
        until = self._clock.monotonic() + request.wait.total_seconds()
        while True:
            step, known = await self._next(request)
            if step is Step.RUN:
                return await self._act(request, known.claim, act), False
            if step is not Step.WAIT:
                return await self._again(request, step, known, rebuild), True
            left = until - self._clock.monotonic()
            if left <= 0:
                raise IdempotencyKeyInUse(
                    "The first request with this key is still at work.",
                    field=HEADER,
                    cure="Send the same request with the same key again in a moment.",
                )
            await self._pause(known.claim, min(left, LOOK))

    async def recover(self) -> None:
        """Take it that nobody acts any more. For the start of the only process on a database."""
        if self._store.embedded:
            async with self._store.transaction() as tx:
                await tx.idempotency.lose_all()

    async def purge(self) -> int:
        """Forget what is older than is kept; return how many."""
        now = self._clock.now()
        async with self._store.transaction() as tx:
            return await tx.idempotency.purge(before=now - self._keep, now=now)

    # Whose turn it is ----------------------------------------------------------------------------

    async def _next(self, request: Request) -> tuple[Step, Known]:
        """Say what is to be done, the key taken if that is to act."""
        principal_id, digest = request.caller.principal.id, digest_of(request.key)
        async with self._store.reading() as tx:  # most find it there: the writer is not for them
            known = await tx.idempotency.find(principal_id, digest)
        step = self._step(request, known)
        if known is not None and step is not Step.RUN:
            return step, known
        now = self._clock.now()
        mine = Known(
            claim=Claim(principal_id=principal_id, digest=digest, owner=os.urandom(16).hex()),
            state=State.RUNNING,
            fingerprint=request.fingerprint,
            created_at=now,
            lease_until=now + LEASE,
            request_id=request.caller.request_id,
        )
        async with self._store.transaction() as tx:
            if await tx.idempotency.claim(mine):
                return Step.RUN, mine
            known = await tx.idempotency.find(principal_id, digest, lock=True)
            step = self._step(request, known)
            if known is None:
                return Step.WAIT, mine  # let go between the two looks: look again
            if step is not Step.RUN:
                return step, known
            await tx.idempotency.take_over(mine)
        return Step.RUN, mine

    def _step(self, request: Request, known: Known | None) -> Step:
        return next_step(
            known,
            fingerprint=request.fingerprint,
            repeat=request.repeat,
            now=self._clock.now(),
            keep=self._keep,
        )

    async def _pause(self, claim: Claim, seconds: float) -> None:
        """Wait for the end of a request: of one of this process until it rings, and not much longer."""
        bell = self._bells.get((claim.principal_id, claim.digest))
        if bell is None:
            await self._clock.sleep(min(seconds, LOOK))
            return
        waiting = [
            asyncio.ensure_future(bell.wait()),
            asyncio.ensure_future(self._clock.sleep(seconds)),
        ]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    # Acting --------------------------------------------------------------------------------------

    async def _act(self, request: Request, claim: Claim, act: Act) -> Answer:
        async with self._at_work(claim):
            try:
                answer, ending = await act(replace(request.caller, claim=claim))
            except Exception:
                await self._end(request, claim, None, Ending.UNSURE)
                raise
            # whoever hangs up now must not take the answer along
            await asyncio.shield(self._end(request, claim, answer, ending))
            return answer

    @asynccontextmanager
    async def _at_work(self, claim: Claim) -> AsyncIterator[None]:
        """Give signs of life, and ring at the end."""
        place = (claim.principal_id, claim.digest)
        bell = self._bells[place] = asyncio.Event()
        beating = asyncio.create_task(self._beat(claim))
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)  # its faults end the lease
            if self._bells.get(place) is bell:
                del self._bells[place]
            bell.set()

    async def _beat(self, claim: Claim) -> None:
        while True:
            await self._clock.sleep(BEAT.total_seconds())
            async with self._store.transaction() as tx:
                await tx.idempotency.prolong(claim, until=self._clock.now() + LEASE)

    async def _end(
        self, request: Request, claim: Claim, answer: Answer | None, ending: Ending
    ) -> None:
        async with self._store.transaction() as tx:
            known = await tx.idempotency.find(claim.principal_id, claim.digest, lock=True)
            if known is None or known.claim.owner != claim.owner:
                return  # it took too long and lost the key
            bound = bool(known.effects)
            if ending is Ending.DECIDED and answer is not None:
                granted = request.caller.principal.grant
                if not await tx.idempotency.finish(claim, answer, granted=granted):
                    await tx.idempotency.lose(claim)  # too large to keep
            elif bound or (ending is Ending.UNSURE and request.repeat is not Repeat.AGAIN):
                await tx.idempotency.lose(claim)
            else:
                await tx.idempotency.release(claim)

    # Answering again -----------------------------------------------------------------------------

    async def _again(
        self, request: Request, step: Step, known: Known, rebuild: Rebuild | None
    ) -> Answer:
        if step is Step.REFUSE:
            raise IdempotencyKeyReused(
                "This key was used for a request with another path or body.",
                field=HEADER,
                cure="Use a new key for a new request.",
            )
        await look_again(self._store, request.caller.principal, now=self._clock.now())
        if step is Step.REPLAY and known.answer is not None:
            answer = _for(request, known, known.answer)
        elif step is Step.REBUILD and rebuild is not None:
            answer = await rebuild(known.effects)
        else:
            accepted = f" Accepted: {', '.join(known.effects)}." if known.effects else ""
            raise IdempotencyOutcomeUnknown(
                f"The first request with this key left no answer: it may have been done.{accepted}",
                field=HEADER,
                cure="Look whether it was done; if it was not, send it with a new key.",
            )
        async with self._store.transaction() as tx:
            tx.note(
                line(
                    request.caller,
                    "request.replay",
                    known.effects[0] if known.effects else "",
                    at=self._clock.now(),
                    request=request.name,
                    first=known.request_id,
                )
            )
        return answer


def _for(request: Request, known: Known, answer: Answer) -> Answer:
    """The answer, for who may still be shown it: it was not looked up, and may hold a secret."""
    if known.granted is not None and not request.caller.principal.covers(known.granted):
        raise Forbidden(
            "It was done, and was answered when more was allowed than now.",
            cure="Do not send it again; look at what it made with a key that may.",
        )
    return answer
