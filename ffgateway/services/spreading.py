"""One change on many appliances at once: each in its own time, each answered for.

Appliances are worked on side by side, a bounded number of them; on one of them one thing follows
the other, as its users would do it. What an appliance refuses is noted and the rest goes on there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, TypeVar

from ffgateway.devices.client import Appliance
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.devices import Device
from ffgateway.domain.differing import Differences, changed
from ffgateway.domain.errors import (
    Conflict,
    DeviceRefused,
    DeviceSilent,
    DeviceUnreachable,
    DeviceUntrusted,
    GatewayError,
    InvalidRequest,
    NotFound,
)
from ffgateway.domain.evidence import Evidence, Known
from ffgateway.domain.fanout import (
    MOST_DEVICES,
    DeviceResult,
    Did,
    Reach,
    Refusal,
    weakest,
)
from ffgateway.services.asking import Asking
from ffgateway.services.audited import Gate
from ffgateway.store.transaction import Store

T = TypeVar("T")

AT_ONCE: Final = 16
"""Appliances worked on at a time. A few that hang must not keep the others waiting."""

TO_READ: Final = timedelta(seconds=30)
TO_WRITE: Final = timedelta(seconds=2)
"""How long an appliance may take: to say what it has, and for each thing asked of it. A client that
says how long it will wait is taken at its word instead."""

MOST_REFUSALS: Final = 20
"""After so many an appliance is asked no more: it will not have the rest either."""


class Tally:
    """What became of the things on one appliance, counted as it goes."""

    def __init__(self, device: Device, total: int) -> None:
        self._device = device
        self._total = total
        self._did = dict.fromkeys(Did, 0)
        self._refusals: list[Refusal] = []
        self._changed: Differences = {}
        self._writing = False
        self._evidence: Evidence | None = None

    def unchanged(self) -> None:
        """One thing is there as it should be."""
        self._did[Did.UNCHANGED] += 1

    def heard(self, known: Known[T]) -> T:
        """Take in an answer, and how it is known."""
        self._evidence = weakest(self._evidence, known.evidence)
        return known.value

    async def write(
        self,
        index: int,
        before: object,
        call: Awaitable[Known[T]],
        *,
        secrets: Sequence[str] = (),
    ) -> T | None:
        """Do one thing, number `index` of the request, and return what is there then.

        `before` is what was there, None where there was nothing. A refusal is noted and returns
        None; it is raised once there are too many.
        """
        done: T | None = None
        self._writing = True
        try:
            done = self.heard(await call)
        except DeviceSilent:
            raise
        except DeviceRefused as no:
            self.refuse(index, no)
        except GatewayError:
            self._writing = False
            raise
        else:
            self._did[Did.CREATED if before is None else Did.CHANGED] += 1
            differs = changed(before, done, secrets=secrets)
            self._changed |= {f"{index}.{name}": one for name, one in differs.items()}
        self._writing = False
        return done

    def refuse(self, index: int, no: GatewayError) -> None:
        """Note that one thing cannot be had. Raises `no` when there were too many of them."""
        self._refusals.append(Refusal(index=index, code=no.code, detail=no.detail))
        if len(self._refusals) >= MOST_REFUSALS:
            self._writing = False
            raise no

    def told(self) -> dict[str, object]:
        """What the audit log is told; a field is `3.fax_number`, after its thing in the request."""
        counted = {did.value: count for did, count in self._did.items()}
        counted["refused"] = len(self._refusals)
        return {"counts": counted, "changed": self._changed}

    def result(self, end: GatewayError | None) -> DeviceResult:
        """What became of it all; `end` is the error that ended it before its end."""
        told = sum(self._did.values()) + len(self._refusals)
        return DeviceResult(
            device_id=self._device.id,
            device_name=self._device.name,
            outcome=self._outcome(end),
            created=self._did[Did.CREATED],
            changed=self._did[Did.CHANGED],
            unchanged=self._did[Did.UNCHANGED],
            refusals=tuple(self._refusals),
            left=self._total - told,
            evidence=self._evidence,
            code=end.code if end else "",
            detail=end.detail if end else "",
            cure=(end.cure or "") if end else "",
        )

    def _outcome(self, end: GatewayError | None) -> Reach:
        if end is None:
            return Reach.REFUSED if self._refusals else Reach.DONE
        if isinstance(end, DeviceSilent):
            return Reach.SILENT if self._writing else Reach.UNREACHABLE
        if isinstance(end, DeviceUnreachable | DeviceUntrusted):
            return Reach.UNREACHABLE
        return Reach.REFUSED


Work = Callable[[Appliance, Tally], Awaitable[None]]
"""Brings one appliance to what is wanted, telling the tally of each thing."""


class Spreading:
    """Carries a piece of work to many appliances."""

    def __init__(self, store: Store, asking: Asking, gate: Gate) -> None:
        self._store = store
        self._asking = asking
        self._gate = gate

    async def over(
        self,
        caller: Caller,
        scope: Scope,
        action: str,
        chosen: tuple[str, ...] | None,
        *,
        total: int,
        work: Work,
    ) -> tuple[DeviceResult, ...]:
        """Do `work` on each chosen appliance (None: on all); `total` is how many things it has.

        Raises `Forbidden`, `NotFound` for a device that is not there, and `InvalidRequest`, each
        before anything is done. On record with each appliance: that it was asked, and how it ended.
        """
        await self._gate.require(caller, scope, action)
        devices = await self._devices(chosen)
        room = asyncio.Semaphore(AT_ONCE)

        async def one(device: Device) -> DeviceResult:
            async with room:
                return await self._on(caller, scope, action, device, total=total, work=work)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(device)) for device in devices]
        return tuple(task.result() for task in tasks)

    async def _devices(self, chosen: tuple[str, ...] | None) -> tuple[Device, ...]:
        async with self._store.reading() as tx:
            fleet = {device.id: device for device in await tx.devices.all()}
        if chosen is None:
            return tuple(fleet.values())
        check_count("devices", len(chosen), MOST_DEVICES)
        for index, device_id in enumerate(chosen):
            if device_id not in fleet:
                raise NotFound(f"There is no device {device_id}.", field=f"devices[{index}]")
        return tuple(fleet[device_id] for device_id in dict.fromkeys(chosen))

    async def _on(
        self, caller: Caller, scope: Scope, action: str, device: Device, *, total: int, work: Work
    ) -> DeviceResult:
        tally = Tally(device, total)
        patience = caller.patience or TO_READ + TO_WRITE * total

        async def within(box: Appliance) -> None:
            try:
                async with asyncio.timeout(patience.total_seconds()) as limit:
                    await work(box, tally)
            except TimeoutError:
                if not limit.expired():
                    raise
                raise DeviceSilent(
                    device.id, f"{device.name} was not done within {patience.total_seconds():g} s."
                ) from None

        try:
            await self._asking.change(
                caller.acting(), scope, action, device.id, within, learnt=tally.told, things=total
            )
        except GatewayError as end:
            return tally.result(end)
        return tally.result(None)


def check_count(field: str, count: int, most: int) -> None:
    """Raise `InvalidRequest` for none, or more than one request has."""
    if not 1 <= count <= most:
        raise InvalidRequest(
            f"There are {count}; one request has 1 to {most}.",
            field=field,
            cure="Name some." if not count else "Send several requests.",
        )


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Have what is wrong inside named by its place in the request: `contacts[3].name`."""
    try:
        yield
    except (InvalidRequest, Conflict) as wrong:
        wrong.field = f"{place}.{wrong.field}" if wrong.field else place
        raise
