"""Whatever breaks on the way to an appliance: no fax is lost, none is sent twice, and the story is right.

Each fault × 1 and 400 recipients × 1 and 2 appliances on SQLite, some of them on PostgreSQL. The
gateway is the real services on a real database, one step at a time; appliances are simulated behind real
sockets, where faults are real cuts. Time is owned by the tests, so that a minute of silence takes
none. Each row says what the gateway must make of its fault at first, and proves that it met it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from ffgateway.domain.devices import Device
from ffgateway.domain.faxes import Fax, FaxStatus
from ffgateway.services.devices import DeviceChanges
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.simulator.sending import Timing
from ffgateway.store.transaction import Store
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import ANN, House, gateway
from tests.support.proving import each, events_of, legal, numbers, once_each, settled
from tests.support.receiver import closed_port

PATIENCE = timedelta(milliseconds=300)
"""How long the gateway waits for a silent appliance here; half a minute in service."""

SETTLE_AFTER = timedelta(seconds=10)
"""As in service."""

BRIEF = Timing(dial=timedelta(seconds=0.1), page=timedelta(seconds=0.1))
"""Short calls, so that 400 of them are over when the appliance is looked at."""

Devices = dict[str, tuple[Device, Simulator]]


def at_hand_over(kind: Kind, *, seconds: float = 0.0) -> Fault:
    """A fault that meets the next hand-over."""
    return Fault(kind=kind, method="POST", path="/ofax", seconds=seconds)


S = FaxStatus
FAULTS = {
    "cut before it was read": (at_hand_over(Kind.CUT_BEFORE), S.UNCERTAIN),
    "cut mid-body": (at_hand_over(Kind.CUT_IN_BODY), S.UNCERTAIN),
    "cut after the appliance stored it": (at_hand_over(Kind.CUT_AFTER), S.UNCERTAIN),
    "half of the answer lost": (at_hand_over(Kind.CUT_MIDWAY), S.UNCERTAIN),
    "answer ends half-way": (at_hand_over(Kind.TRUNCATED), S.UNCERTAIN),
    "answer garbled": (at_hand_over(Kind.GARBLED), S.UNCERTAIN),
    "201 with an empty body": (at_hand_over(Kind.EMPTY), S.UNCERTAIN),
    "401": (at_hand_over(Kind.UNAUTHORIZED), S.QUEUED),
    "500 before it was stored": (at_hand_over(Kind.ERROR), S.UNCERTAIN),
    "500 after it was stored": (at_hand_over(Kind.ERROR_AFTER), S.UNCERTAIN),
    "silence": (at_hand_over(Kind.LATENCY, seconds=60), S.UNCERTAIN),
    "stored, then silence": (at_hand_over(Kind.LATE_ANSWER, seconds=60), S.UNCERTAIN),
    "silence for a minute, then stored": (at_hand_over(Kind.ACTS_LATE, seconds=60), S.UNCERTAIN),
    "an appliance that is restarting": (Fault(kind=Kind.REBOOT, seconds=60), S.UNCERTAIN),
    "an appliance that is restarting and mute": (
        Fault(kind=Kind.REBOOT, seconds=60, refuse=True),
        S.UNCERTAIN,
    ),
}
"""What goes wrong, and what the gateway must make of it before anything is found out."""

SILENT = {Kind.LATENCY, Kind.LATE_ANSWER, Kind.ACTS_LATE}

each_size = pytest.mark.parametrize("recipients", [1, 400])
each_fleet = pytest.mark.parametrize("appliances", [1, 2])


@dataclass(kw_only=True)
class World:
    """Appliances, and a gateway on them that can die and come back on the same database."""

    store: Store
    clock: OwnClock
    folder: Path
    devices: Devices
    house: House
    stack: AsyncExitStack

    @property
    def boxes(self) -> tuple[Simulator, ...]:
        """The appliances, the one that is chosen first before the others."""
        return tuple(box for _, box in self.devices.values())

    async def die(self) -> None:
        """Lose the process: its connections, its tasks and all it had in mind; another takes over."""
        await self.stack.aclose()
        self.house = await self.stack.enter_async_context(
            gateway(
                self.store,
                self.clock,
                self.folder,
                silence=PATIENCE,
                settle_after=SETTLE_AFTER,
            )
        )
        await self.house.claiming.recover()

    async def posted(self) -> None:
        """Wait until the request has reached the first appliance."""
        async with asyncio.timeout(10):
            while ("POST", "/ffws/v1/ofax") not in self.boxes[0].requests:  # noqa: ASYNC110
                await asyncio.sleep(0)

    def met(self, kind: Kind) -> None:
        """Prove that the first appliance dealt a hand-over its fault, once: no row passes without."""
        assert self.boxes[0].box.faults.met == {kind: 1}

    async def statuses(self, faxes: tuple[Fax, ...]) -> set[FaxStatus]:
        """Where these are now."""
        async with self.store.reading() as tx:
            now = await tx.faxes.several([fax.id for fax in faxes])
        return {fax.status for fax in now.values()}

    async def used(self) -> tuple[Fax, ...]:
        """Let the first appliance have sent something, so that it is not asked for keys before."""
        return await settled(self.house, self.devices, await self.house.send("612-999-2000"))

    async def proven(self, faxes: tuple[Fax, ...], *, end: FaxStatus = FaxStatus.DELIVERED) -> None:
        """Let everything come to its end, and hold it to the promise."""
        ended = await settled(self.house, self.devices, faxes, step=11)
        assert {fax.status for fax in ended} == {end}
        for _ in range(4):  # what an appliance does late must show as well
            await each(self.house, self.devices, 31)
        wanted = [fax.recipient.fax_number for fax in faxes] if end is FaxStatus.DELIVERED else []
        once_each(self.boxes, wanted)
        legal(await events_of(self.store))


@asynccontextmanager
async def a_world(
    store: Store, clock: OwnClock, folder: Path, *, appliances: int
) -> AsyncIterator[World]:
    async with AsyncExitStack() as outer, AsyncExitStack() as stack:
        boxes = [
            await outer.enter_async_context(
                running(model="FF840", speed=0, start=NOON, timing=BRIEF)
            )
            for _ in range(appliances)
        ]
        world = World(
            store=store,
            clock=clock,
            folder=folder,
            devices={},
            house=await stack.enter_async_context(
                gateway(store, clock, folder, silence=PATIENCE, settle_after=SETTLE_AFTER)
            ),
            stack=stack,
        )
        for number, box in enumerate(boxes):
            device = await world.house.register(box, f"unit {number}", model="FF840")
            await world.house.look(device)
            world.devices[device.id] = (device, box)
        yield world


@pytest.fixture(params=[1, 2], ids=lambda count: f"{count} appliances")
async def world(
    request: pytest.FixtureRequest, sqlite_store: Store, clock: OwnClock, tmp_path: Path
) -> AsyncIterator[World]:
    """A gateway and one or two appliances that it has looked at."""
    async with a_world(sqlite_store, clock, tmp_path, appliances=request.param) as made:
        yield made


@pytest.fixture
async def elsewhere(store: Store, clock: OwnClock, tmp_path: Path) -> AsyncIterator[World]:
    """The same with two appliances, on the other database."""
    async with a_world(store, clock, tmp_path, appliances=2) as made:
        yield made


on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@each_size
@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_fails_each_number_is_dialled_once(
    world: World, fault: str, recipients: int
) -> None:
    await _goes_wrong(world, *FAULTS[fault], recipients=recipients)


@on_postgresql
@pytest.mark.parametrize(
    "fault",
    [
        *("cut mid-body", "cut after the appliance stored it", "401"),
        *("silence for a minute, then stored", "an appliance that is restarting"),
    ],
)
async def test_the_same_holds_on_postgresql(elsewhere: World, fault: str) -> None:
    await _goes_wrong(elsewhere, *FAULTS[fault], recipients=2)


async def _goes_wrong(world: World, fault: Fault, first: FaxStatus, *, recipients: int) -> None:
    before = await world.used() if fault.kind is Kind.REBOOT else ()
    faxes = await world.house.send(*numbers(recipients))
    world.boxes[0].put(fault)
    handing = asyncio.create_task(world.house.submit())
    if fault.kind in SILENT:
        await world.posted()
        await _half_a_minute_passes(world)
    assert await handing == 1
    world.met(fault.kind)
    assert await world.statuses(faxes) == {first}
    await world.proven((*before, *faxes))


async def _half_a_minute_passes(world: World) -> None:
    world.clock.advance(30)
    for box in world.boxes:
        box.advance(30)


@each_size
async def test_what_is_refused_goes_to_another_appliance_or_fails(
    world: World, recipients: int
) -> None:
    faxes = await world.house.send(*numbers(recipients))
    world.boxes[0].put(at_hand_over(Kind.REFUSED))
    await world.house.submit()
    world.met(Kind.REFUSED)
    await world.proven(faxes, end=FaxStatus.DELIVERED if len(world.boxes) > 1 else FaxStatus.FAILED)


@each_size
async def test_what_never_connected_goes_out_once_it_does(world: World, recipients: int) -> None:
    (device, box), *_ = world.devices.values()
    away = DeviceChanges(url=f"http://127.0.0.1:{closed_port()}")
    await world.house.devices.update(ANN, device.id, away)
    faxes = await world.house.send(*numbers(recipients))
    assert await world.house.submit() == 1
    assert (await world.house.submission(faxes[0])).missed == (device.id,)
    await world.house.devices.update(ANN, device.id, DeviceChanges(url=box.url))
    await world.proven(faxes)


# The gateway is killed at each step ------------------------------------------------------------

Step = Callable[[World], Awaitable[None]]


async def before_the_claim_is_kept(world: World) -> None:
    claiming = asyncio.create_task(world.house.claiming.claim())
    await asyncio.sleep(0)
    assert not claiming.done()
    claiming.cancel()
    await asyncio.wait([claiming])


async def before_the_request(world: World) -> None:
    assert len(await world.house.claiming.claim()) == 1


async def _killed_while(world: World, fault: Fault) -> None:
    world.boxes[0].put(fault)
    (handover,) = await world.house.claiming.claim()
    handing = asyncio.create_task(world.house.submitting.hand_over(handover))
    await world.posted()
    if fault.kind is Kind.LATE_ANSWER:
        async with asyncio.timeout(10):
            while not world.boxes[0].state()["faxes"]:  # noqa: ASYNC110
                await asyncio.sleep(0)
    assert not handing.done()
    world.met(fault.kind)
    handing.cancel()
    await asyncio.wait([handing])


async def in_the_request(world: World) -> None:
    await _killed_while(world, at_hand_over(Kind.LATENCY, seconds=60))


async def while_the_answer_is_awaited(world: World) -> None:
    await _killed_while(world, at_hand_over(Kind.LATE_ANSWER, seconds=60))


async def before_the_answer_is_kept(world: World) -> None:
    (handover,) = await world.house.claiming.claim()
    appliance = await world.house.appliances.of(handover.device.id)
    draft = handover.submission.draft
    await appliance.schedule(draft, draft.recipients, world.house.spool.read)


async def after_the_answer_was_kept(world: World) -> None:
    assert await world.house.submit() == 1


STEPS: tuple[Step, ...] = (
    before_the_claim_is_kept,
    before_the_request,
    in_the_request,
    while_the_answer_is_awaited,
    before_the_answer_is_kept,
    after_the_answer_was_kept,
)


@each_size
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
async def test_a_gateway_killed_at_any_step_sends_each_number_once(
    world: World, step: Step, recipients: int
) -> None:
    await _is_killed(world, step, recipients=recipients)


@on_postgresql
@pytest.mark.parametrize(
    "step",
    [before_the_claim_is_kept, before_the_request, while_the_answer_is_awaited],
    ids=lambda step: step.__name__,
)
async def test_a_gateway_killed_on_postgresql_sends_each_number_once(
    elsewhere: World, step: Step
) -> None:
    await _is_killed(elsewhere, step, recipients=2)


async def _is_killed(world: World, step: Step, *, recipients: int) -> None:
    faxes = await world.house.send(*numbers(recipients))
    await step(world)
    await world.die()
    await world.proven(faxes)


async def test_an_appliance_that_restarts_with_faxes_in_its_queue_sends_each_once(
    world: World,
) -> None:
    faxes = await world.house.send(*numbers(5))
    await world.house.submit()
    world.boxes[0].put(Fault(kind=Kind.REBOOT, seconds=60))
    await each(world.house, world.devices, 1)
    assert world.boxes[0].box.faults.met[Kind.REBOOT]
    await world.proven(faxes)
