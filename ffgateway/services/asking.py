"""The one way to a function of an appliance: permission, patience, the call, and the record of it.

A change is put on record before it leaves, because nobody can take it back: a row that it was
asked for, of the kind of an act, and after it one that says how it ended, which is that of the call
where somebody called. What the appliance refused is a failed act; what it left unanswered may have
been done, and the row says that too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeVar

from ffgateway.clock import Clock
from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.audit import Outcome
from ffgateway.domain.errors import DeviceError, DeviceSilent, GatewayError
from ffgateway.domain.versions import Unchanged
from ffgateway.services.appliances import Appliances
from ffgateway.services.audited import Gate, line
from ffgateway.services.bulkhead import Bulkhead
from ffgateway.store.transaction import Store

T = TypeVar("T")


class Asking:
    """Asks appliances on somebody's behalf."""

    def __init__(self, store: Store, appliances: Appliances, gate: Gate, clock: Clock) -> None:
        self._store = store
        self._appliances = appliances
        self._gate = gate
        self._clock = clock
        self._bulkhead = Bulkhead()

    async def read(
        self,
        caller: Caller,
        scope: Scope,
        action: str,
        device_id: str,
        call: Callable[[Appliance], Awaitable[T]],
        *,
        otherwise: str = "",
    ) -> T:
        """Read from an appliance, for no longer than the caller cares to wait.

        As whom the caller acts there, or as `otherwise` where that is nobody.

        Raises `Forbidden`, `NotFound` for a device that is not there, and the `DeviceError` of the
        call; `DeviceSilent` when the caller's patience ends; `Unchanged` when the caller has what
        there was a moment ago.
        """
        await self._gate.require(caller, scope, action, device_id)
        appliance = await self._appliances.by(caller, device_id, otherwise=otherwise)
        if caller.has is not None:
            place, seen = caller.has
            if tag := self._appliances.fresh.known(device_id, place, seen):
                raise Unchanged(tag)
        if caller.patience is None:
            async with self._bulkhead.place(appliance):
                return await call(appliance)
        try:
            async with (
                asyncio.timeout(caller.patience.total_seconds()) as limit,
                self._bulkhead.place(appliance),
            ):
                return await call(appliance)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeviceSilent(
                device_id,
                f"{appliance.device.name} did not answer within"
                f" {caller.patience.total_seconds():g} s.",
                cure="Allow it more with Prefer: wait=…, or ask again.",
            ) from None

    @asynccontextmanager
    async def opened(
        self,
        caller: Caller,
        scope: Scope,
        action: str,
        device_id: str,
        call: Callable[[Appliance], AbstractAsyncContextManager[T]],
        /,
        *,
        otherwise: str = "",
        **detail: object,
    ) -> AsyncIterator[T]:
        """Open a document on an appliance. That it was looked at is on record before it is shown.

        Raises as `read` does; only the opening is bounded by the caller's patience.
        """
        async with AsyncExitStack() as stack:

            async def enter(box: Appliance) -> T:
                return await stack.enter_async_context(call(box))

            try:
                document = await self.read(
                    caller, scope, action, device_id, enter, otherwise=otherwise
                )
            except DeviceError as no:
                told = {**detail, "code": no.code}
                await self._note(caller, action, device_id, Outcome.FAILED, told)
                raise
            await self._note(caller, action, device_id, Outcome.DONE, detail)
            yield document

    async def change(
        self,
        caller: Caller,
        scope: Scope,
        action: str,
        device_id: str,
        call: Callable[[Appliance], Awaitable[T]],
        /,
        *,
        learnt: Callable[[], Mapping[str, object]] = dict,
        **detail: object,
    ) -> T:
        """Change something on an appliance. `detail` is for the audit log: no secrets.

        `learnt` adds to it what is known only at the end, however it ends. Raises as `read` does;
        nobody's patience cuts a change short.
        """
        await self._gate.require(caller, scope, action, device_id)
        appliance = await self._appliances.by(caller, device_id)
        await self._note(caller.acting(), action, device_id, Outcome.ASKED, detail)
        try:
            async with self._bulkhead.place(appliance):
                done = await self._changing(appliance, call)
        except GatewayError as no:
            told = {**detail, **learnt(), "code": no.code, "answer": no.detail}
            await self._note(caller, action, device_id, Outcome.FAILED, told)
            raise
        await self._note(caller, action, device_id, Outcome.DONE, {**detail, **learnt()})
        return done

    async def _changing(self, appliance: Appliance, call: Callable[[Appliance], Awaitable[T]]) -> T:
        try:
            return await call(appliance)
        finally:
            self._appliances.fresh.forget(appliance.device.id)

    async def _note(
        self,
        caller: Caller,
        action: str,
        device_id: str,
        outcome: Outcome,
        detail: dict[str, object],
    ) -> None:
        async with self._store.transaction() as tx:
            tx.note(
                line(caller, action, device_id, at=self._clock.now(), outcome=outcome, **detail)
            )
