"""A whole gateway with its loops, many faxes, appliances at many times the speed, and faults at random.

What is counted at the end is the promise: how many were lost, and how many sent twice.
"""

import asyncio
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ffgateway.app import parts
from ffgateway.domain.access import GATEWAY
from ffgateway.domain.devices import DeviceDraft
from ffgateway.domain.events import Event
from ffgateway.domain.faxes import FINAL, FaxDraft, FaxStatus, Recipient
from ffgateway.services.documents import chunks_of_bytes
from ffgateway.settings import Settings
from ffgateway.simulator.faults import Fault, Kind
from ffgateway.simulator.running import Simulator, running
from ffgateway.store.transaction import Store
from tests.support.proving import counted, legal, numbers

AT_HAND_OVER = (
    Kind.CUT_BEFORE,
    Kind.CUT_IN_BODY,
    Kind.CUT_AFTER,
    Kind.CUT_MIDWAY,
    Kind.TRUNCATED,
    Kind.GARBLED,
    Kind.EMPTY,
    Kind.UNAUTHORIZED,
    Kind.REFUSED,
    Kind.ERROR,
    Kind.ERROR_AFTER,
)
AT_LOOK = (Kind.CUT_BEFORE, Kind.TRUNCATED, Kind.GARBLED, Kind.EMPTY, Kind.ERROR)
ENDS = {status.value for status in FINAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """What came of it. `lost` and `doubles` are the promise."""

    seconds: float
    faults: Counter[str]
    uncertain: int
    found: int
    absent: int
    ends: Counter[str]
    doubles: list[str]
    lost: list[str]
    wrong: list[str]  # whose end is not what the appliances know of it


async def rehearse(
    folder: Path,
    *,
    faxes: int,
    appliances: int,
    chance: float,
    settle_seconds: float,
    speed: float,
    seed: int,
    within: float,
    restarts: int = 0,
    database: str | None = None,
) -> Rehearsed:
    """Send so many faxes over so many appliances, of whose requests a part goes wrong."""
    settings = Settings(
        database_url=database or f"sqlite+aiosqlite:///{folder / 'gateway.db'}",
        spool_dir=folder / "spool",
        key_file=folder / "key",
        settle_seconds=settle_seconds,
    )
    async with AsyncExitStack() as stack:
        boxes = [
            await stack.enter_async_context(running(model="FF840", speed=speed))
            for _ in range(appliances)
        ]
        wired = await stack.enter_async_context(parts(settings))
        await wired.start()
        for number, box in enumerate(boxes):
            await wired.gateway.devices.register(
                GATEWAY,
                DeviceDraft(
                    name=f"unit {number}",
                    url=box.url,
                    username="admin",
                    password="admin",
                    model="FF840",
                    poll_busy=timedelta(seconds=0.5),
                    poll_idle=timedelta(seconds=1),
                    submissions_at_once=number % 3 + 1,
                ),
            )
            _set_traps(box, chance=chance, seed=seed + number)
        began = time.monotonic()
        document = await wired.gateway.documents.keep(
            GATEWAY,
            name="a.txt",
            content_type="text/plain",
            chunks=chunks_of_bytes(b"Dear colleague,\n" * 50),
            field="documents[0]",
        )
        wanted = numbers(faxes)
        for one in wanted:
            draft = FaxDraft(recipients=(Recipient(fax_number=one),), documents=(document,))
            await wired.gateway.faxes.send(GATEWAY, draft)
        failing = asyncio.create_task(_restart_some(boxes, times=restarts, seed=seed, speed=speed))
        try:
            await _ended(wired.store, faxes, within=within)
        finally:
            failing.cancel()
            await asyncio.gather(failing, return_exceptions=True)
        seconds = time.monotonic() - began
        return await _told(wired.store, boxes, wanted, seconds=seconds)


def _set_traps(box: Simulator, *, chance: float, seed: int) -> None:
    box.box.faults.draw_anew(seed)
    for kinds, method in ((AT_HAND_OVER, "POST"), (AT_LOOK, "GET")):
        for kind in kinds:
            trap = Fault(
                kind=kind, times=10**9, method=method, path="/ofax", chance=chance / len(kinds)
            )
            box.put(trap)


async def _restart_some(boxes: list[Simulator], *, times: int, seed: int, speed: float) -> None:
    dice = random.Random(seed)
    for _ in range(times):
        await asyncio.sleep(dice.uniform(1, 4))  # an appliance fails when it likes
        box = dice.choice(boxes)
        box.put(Fault(kind=Kind.REBOOT, seconds=2 * speed, refuse=dice.random() < 0.5))


async def _ended(store: Store, faxes: int, *, within: float) -> None:
    async with asyncio.timeout(within):
        while True:
            async with store.reading() as tx:
                counts = await tx.faxes.count_by_status()
            if sum(count for status, count in counts.items() if status in ENDS) >= faxes:
                return
            await asyncio.sleep(0.1)


async def _told(
    store: Store, boxes: list[Simulator], wanted: tuple[str, ...], *, seconds: float
) -> Rehearsed:
    async with store.reading() as tx:
        events = await tx.events.after(0, limit=10**9, types=("fax.*",))
        kept = [
            fax
            for submission in {str(event.data["submission_id"]) for event in events}
            for fax in await tx.faxes.of_submission(submission)
        ]
    legal(events)
    accepted, received = counted(boxes, "accepted"), counted(boxes, "received")
    met: Counter[str] = Counter()
    for box in boxes:
        met.update({kind.value: times for kind, times in box.box.faults.met.items()})
    status = {fax.recipient.fax_number: fax.status for fax in kept}
    return Rehearsed(
        seconds=seconds,
        faults=met,
        uncertain=_count(events, "fax.uncertain"),
        found=_count(events, "fax.reconciled", found=True),
        absent=_count(events, "fax.reconciled", found=False),
        ends=Counter(fax.status.value for fax in kept),
        doubles=[one for one in wanted if accepted[one] > 1 or received[one] > 1],
        lost=[one for one in wanted if one not in status or status[one].value not in ENDS],
        wrong=[
            one
            for one in wanted
            if (status.get(one) is FaxStatus.DELIVERED) != (received[one] == 1)
        ],
    )


def _count(events: tuple[Event, ...], kind: str, **data: object) -> int:
    return sum(
        1
        for event in events
        if event.type == kind and all(event.data.get(key) == value for key, value in data.items())
    )
