"""Any sequence of what people, appliances, networks and power cuts do: no fax is lost, none goes out twice.

    pytest tests/journeys/test_any_sequence.py
    ANY_SEQUENCE=5000 pytest tests/journeys/test_any_sequence.py --timeout=0

The second draws as many sequences anew, and longer ones; the first draws the same few each time.
"""

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceError, GatewayError
from ffgateway.domain.faxes import Fax, FaxStatus
from ffgateway.domain.submissions import Stage
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.engines import engines
from ffgateway.store.migrating import upgrade
from ffgateway.store.transaction import Store
from ffgateway.store.vault import Vault
from tests.support.clock import NOON, OwnClock
from tests.support.gateway import ANN, House, gateway
from tests.support.proving import STATUS_OF, events_of, legal
from tests.support.strangers import put_in

Done = TypeVar("Done")

SETTLE_AFTER = timedelta(seconds=10)
PATIENCE = timedelta(milliseconds=150)
LONG = int(os.environ.get("ANY_SEQUENCE", "0"))

AT_HAND_OVER = [
    Kind.CUT_BEFORE,
    Kind.CUT_IN_BODY,
    Kind.CUT_AFTER,
    Kind.CUT_MIDWAY,
    Kind.TRUNCATED,
    Kind.GARBLED,
    Kind.EMPTY,
    Kind.REFUSED,
    Kind.UNAUTHORIZED,
    Kind.ERROR,
    Kind.ERROR_AFTER,
    Kind.PARTIAL,
    Kind.ACTS_LATE,
]
AT_LOOK = [Kind.CUT_BEFORE, Kind.TRUNCATED, Kind.GARBLED, Kind.EMPTY, Kind.ERROR, Kind.UNAUTHORIZED]

appliances = st.integers(min_value=0, max_value=2)


@cache
def template() -> Path:
    """A migrated database to copy."""
    path = Path(tempfile.mkdtemp(prefix="any-sequence-")) / "template.db"

    async def make() -> None:
        async with engines(f"sqlite:///{path}") as opened:
            await upgrade(opened)

    asyncio.run(make())
    return path


class AnySequence(RuleBasedStateMachine):
    """A gateway that may die, on up to three appliances that may do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.outer, self.inner = AsyncExitStack(), AsyncExitStack()
        self.clock = OwnClock()
        self.boxes: list[Simulator] = []
        self.devices: list[Device] = []
        self.sent: list[Fax] = []
        self.cancelled: set[str] = set()
        self.restarts = 0
        self.folder = Path(tempfile.mkdtemp(prefix="any-sequence-"))

    def do(self, work: Coroutine[Any, Any, Done]) -> Done:
        """Take a step; nothing here or on the appliances moves between two."""
        return self.runner.run(work)

    # The beginning and the end

    @initialize(clocks=st.lists(st.sampled_from([0, 0, 3600, -7200]), min_size=1, max_size=3))
    def begin(self, clocks: list[int]) -> None:
        shutil.copy(template(), self.folder / "gateway.db")
        self.do(self._begin(clocks))

    async def _begin(self, clocks: list[int]) -> None:
        opened = await self.outer.enter_async_context(
            engines(f"sqlite:///{self.folder / 'gateway.db'}")
        )
        self.store = Store(opened, Vault(bytes(32)), self.clock)
        self.boxes = [
            await self.outer.enter_async_context(
                running(speed=0, start=NOON + timedelta(seconds=ahead))
            )
            for ahead in clocks
        ]
        await self._rise()
        for number, box in enumerate(self.boxes):
            self.devices.append(await self.house.register(box, f"unit {number}"))

    async def _rise(self) -> None:
        self.house: House = await self.inner.enter_async_context(
            gateway(
                self.store, self.clock, self.folder, silence=PATIENCE, settle_after=SETTLE_AFTER
            )
        )
        await self.house.claiming.recover()

    async def _die(self) -> None:
        await self.inner.aclose()
        await self._rise()

    def teardown(self) -> None:
        try:
            if self.devices:
                self.do(self._settle())
                self.everything_ended_right()
        finally:
            self.do(self.inner.aclose())
            self.do(self.outer.aclose())
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    # What happens

    @rule(count=st.integers(1, 3), wanted=st.none() | appliances, later=st.sampled_from([0, 0, 45]))
    def send(self, count: int, wanted: int | None, later: int) -> None:
        numbers = [f"612-333-{2000 + len(self.sent) + index}" for index in range(count)]
        more: dict[str, Any] = {}
        if wanted is not None:
            more["device_id"] = self.devices[wanted % len(self.devices)].id
        if later:
            more["send_at"] = self.clock.now() + timedelta(seconds=later)
        self.sent += self.do(self.house.send(*numbers, **more))

    @rule()
    def hand_over(self) -> None:
        self.do(self.house.submit())

    @rule(
        which=appliances,
        hour=st.lists(
            st.tuples(
                st.sampled_from(AT_HAND_OVER), st.sampled_from([5, 15]), st.sampled_from([1, 6, 11])
            ),
            min_size=2,
            max_size=6,
        ),
    )
    def hand_over_in_a_bad_hour(self, which: int, hour: list[tuple[Kind, int, int]]) -> None:
        """One fault after the other, with a look in between: most of what can go wrong is here."""
        box = self.box(which)
        for kind, late, passing in hour:
            self.send(1, which, 0)
            box.put(Fault(kind=kind, method="POST", path="/ofax", seconds=late))
            self.do(self.house.submit())
            self.nothing_was_taken_twice()
            self.time_passes(passing)
            self.look(which)

    @rule(which=appliances, kind=st.sampled_from(AT_LOOK))
    def the_next_look_fails(self, which: int, kind: Kind) -> None:
        self.box(which).put(Fault(kind=kind, method="GET"))

    @rule(which=appliances)
    def look(self, which: int) -> None:
        self.do(self._look(self.devices[which % len(self.devices)]))

    async def _look(self, device: Device) -> None:
        with suppress(DeviceError):
            await self.house.look(device)

    @rule(seconds=st.sampled_from([1, 4, 11, 31, 61]))
    def time_passes(self, seconds: int) -> None:
        self.clock.advance(seconds)
        for box in self.boxes:
            box.advance(seconds)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        fax = data.draw(st.sampled_from(self.sent))
        with suppress(GatewayError):
            self.do(self.house.faxes.cancel(ANN, fax.id))
            self.cancelled.add(fax.id)

    @precondition(lambda self: self.sent)
    @rule(data=st.data(), later=st.sampled_from([None, 20]))
    def give_another_time(self, data: st.DataObject, later: int | None) -> None:
        fax = data.draw(st.sampled_from(self.sent))
        at = None if later is None else self.clock.now() + timedelta(seconds=later)
        with suppress(GatewayError):
            self.do(self.house.faxes.reschedule(ANN, fax.id, at))

    @rule(which=appliances, refuse=st.booleans())
    def an_appliance_restarts(self, which: int, refuse: bool) -> None:
        self.restarts += 1
        self.box(which).put(Fault(kind=Kind.REBOOT, seconds=40, refuse=refuse))

    @rule(which=appliances, back=st.integers(0, 5))
    def somebody_else_faxes(self, which: int, back: int) -> None:
        number = f"612-333-{2000 + max(len(self.sent) - back, 0)}"
        put_in(self.box(which), number, username="bob")

    @rule()
    def the_gateway_dies(self) -> None:
        self.do(self._die())

    @rule()
    def the_gateway_dies_before_the_request(self) -> None:
        self.send(1, None, 0)
        self.do(self._claim_and_die())

    async def _claim_and_die(self) -> None:
        await self.house.claiming.claim()
        await self._die()

    @rule(stored=st.booleans())
    def the_gateway_dies_in_the_request(self, stored: bool) -> None:
        self.send(1, None, 0)
        self.do(self._die_in_the_request(stored=stored))

    async def _die_in_the_request(self, *, stored: bool) -> None:
        claimed = await self.house.claiming.claim()
        kind = Kind.LATE_ANSWER if stored else Kind.LATENCY
        for box in self.boxes:
            box.put(Fault(kind=kind, method="POST", path="/ofax", seconds=3600))
        before = [len(box.requests) for box in self.boxes]
        handing = [asyncio.create_task(self.house.submitting.hand_over(one)) for one in claimed]
        for _ in range(1000):
            reached = sum(len(box.requests) for box in self.boxes) - sum(before)
            if reached >= len(claimed) or all(task.done() for task in handing):
                break
            await asyncio.sleep(0)
        for task in handing:
            task.cancel()
        await asyncio.gather(*handing, return_exceptions=True)
        for box in self.boxes:
            box.box.clear_faults()
        await self._die()

    def box(self, which: int) -> Simulator:
        return self.boxes[which % len(self.boxes)]

    # What holds after each step

    @invariant()
    def nothing_was_taken_twice(self) -> None:
        for number, times in self.ours("accepted").items():
            assert times <= 1, f"{number} was handed over {times} times"

    @invariant()
    def the_record_agrees_with_itself(self) -> None:
        if self.devices:
            self.do(self._consistent())

    async def _consistent(self) -> None:
        events = await events_of(self.store)
        legal(events)
        last = {event.subject: event.data["status"] for event in events if event.type in STATUS_OF}
        submitted = Counter(e.subject for e in events if e.type == "fax.submitting")
        lines = Counter(
            line.resource for line in await self.house.audit() if line.action == "fax.submit"
        )
        assert lines == submitted
        for fax in self.sent:
            now = await self.house.fax(fax)
            assert now.status.value == last[fax.id]
            assert now.finished == (now.finished_at is not None)
        async with self.store.reading() as tx:
            assert await tx.submissions.in_stage(Stage.SUBMITTING) == ()

    def ours(self, what: str) -> Counter[str]:
        """What appliances did with each number on our behalf; not the calls of what they gave up."""
        names = {"accepted": None, "dialled": "dialled", "received": "received"}
        times: Counter[str] = Counter()
        for box in self.boxes:
            for fax in box.state()["faxes"]:
                if fax["owner"] == "admin" and (fax["state"] != "aborted" or what == "received"):
                    key = names[what]
                    times[fax["number"]] += fax[key] if key else 1
        return times

    # What holds in the end

    async def _settle(self) -> None:
        for box in self.boxes:
            box.box.clear_faults()
        late = 4  # rounds more: what an appliance does late must show as well
        for _ in range(60):
            self.clock.advance(11)
            for box, device in zip(self.boxes, self.devices, strict=True):
                box.advance(11)
                await self._look(device)
            await self.house.submit()
            self.ended = [await self.house.fax(fax) for fax in self.sent]
            late -= all(fax.finished for fax in self.ended)
            if not late:
                return

    def everything_ended_right(self) -> None:
        accepted, dialled, received = (
            self.ours(what) for what in ("accepted", "dialled", "received")
        )
        for fax in self.ended:
            number = fax.recipient.fax_number
            told = (fax.status, accepted[number], dialled[number], received[number])
            assert fax.finished, told
            assert accepted[number] <= 1, told
            assert received[number] == (fax.status is FaxStatus.DELIVERED), told
            assert dialled[number] <= 1 + self.restarts, told
            if fax.status is FaxStatus.CANCELLED:
                assert fax.id in self.cancelled, told
            if fax.status is FaxStatus.FAILED:  # every appliance that was asked said no
                assert accepted[number] == 0, told
                assert fax.failure is not None
                assert fax.failure.code == "device_rejected", fax.failure
        self.do(self._consistent())


AnySequence.TestCase.settings = settings(
    max_examples=LONG or 15,
    stateful_step_count=40 if LONG else 15,
    derandomize=not LONG,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TestAnySequence = AnySequence.TestCase
