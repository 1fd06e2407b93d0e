"""The proof that no fax is lost and none is sent twice: what must hold whatever went wrong."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import timedelta

from ffgateway.domain.devices import Device
from ffgateway.domain.errors import DeviceError
from ffgateway.domain.events import OF_STATUS, Event
from ffgateway.domain.faxes import FINAL, MOVES, Fax, FaxStatus
from ffgateway.simulator.running import Simulator
from ffgateway.store.transaction import Store
from tests.support.gateway import House

ENDS = {status.value for status in FINAL}
STATUS_OF = {kind.value: status for status, kind in OF_STATUS.items()}
ROUND = timedelta(seconds=31)
"""A little more than the time in which a hand-over must show, in these tests."""


def numbers(count: int, *, of: int = 0) -> tuple[str, ...]:
    """As many numbers as wanted, that answer and receive; another `of` gives others."""
    return tuple(f"612-{of + 200}-{2000 + index}" for index in range(count))


def counted(boxes: Iterable[Simulator], what: str) -> Counter[str]:
    """How often each number was `accepted`, `dialled` or `received`, on all appliances together."""
    times: Counter[str] = Counter()
    for box in boxes:
        for number, told in box.state()["numbers"].items():
            times[number] += told[what]
    return times


async def faxes_of(store: Store) -> tuple[Fax, ...]:
    """Every fax there is."""
    async with store.reading() as tx:
        rows = [
            await tx.faxes.of_submission(submission_id)
            for submission_id in dict.fromkeys(
                [
                    event.data["submission_id"]
                    for event in await events_of(store)
                    if "submission_id" in event.data
                ]
            )
        ]
    return tuple(fax for row in rows for fax in row)


async def events_of(store: Store) -> tuple[Event, ...]:
    """Everything that was told, in order."""
    async with store.reading() as tx:
        return await tx.events.after(0, limit=1_000_000, types=("fax.*",))


async def each(
    house: House, devices: Mapping[str, tuple[Device, Simulator]], seconds: float
) -> None:
    """Let some time pass, here and on the appliances, look at each of them, and hand over what is due."""
    house.clock.advance(seconds)
    for device, box in devices.values():
        box.advance(seconds)
        with suppress(DeviceError):  # what the look met with is what the test is about
            await house.look(device)
    await house.submit()


async def settled(
    house: House,
    devices: Mapping[str, tuple[Device, Simulator]],
    faxes: Iterable[Fax],
    *,
    rounds: int = 16,
    step: float = ROUND.total_seconds(),
) -> tuple[Fax, ...]:
    """Go on until each fax has come to an end, and return them; fail when they do not."""
    ids = [fax.submission_id for fax in faxes]
    for _ in range(rounds):
        await each(house, devices, step)
        async with house.store.reading() as tx:
            now = [fax for one in dict.fromkeys(ids) for fax in await tx.faxes.of_submission(one)]
        if all(fax.finished for fax in now):
            return tuple(now)
    raise AssertionError(f"no end: {Counter(fax.status.value for fax in now)}")


def legal(events: Iterable[Event]) -> None:
    """Events tell each story in order: without a gap, by allowed moves, and with one end at its end."""
    stories: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        stories[event.subject].append(event)
    for subject, story in stories.items():
        assert [event.sequence for event in story] == list(range(1, len(story) + 1)), subject
        status: FaxStatus | None = None
        for event in story:
            if event.type not in STATUS_OF:
                continue  # tells of the fax, not of another status
            before, after = status, FaxStatus(event.data["status"])
            told_again = before is after is FaxStatus.UNCERTAIN  # of what could be it
            assert before is None or told_again or after in MOVES[before], (subject, before, after)
            if before is not None or event.data["origin"] == "gateway":  # others' were there before
                assert event.data["previous_status"] == (before.value if before else None), subject
            assert STATUS_OF[event.type] is after
            status = after
        ends = [
            event.type
            for event in story
            if event.data["status"] in ENDS and event.type in STATUS_OF
        ]
        assert len(ends) <= 1, (subject, ends)
        told = [event.type for event in story if event.type != "fax.corrected"]
        assert not ends or told[-1] == ends[0], (subject, told)


def once_each(boxes: Iterable[Simulator], wanted: Iterable[str]) -> None:
    """Each number was taken, dialled and reached exactly once, and no other was."""
    boxes = tuple(boxes)
    once = Counter(dict.fromkeys(wanted, 1))
    for what in ("accepted", "dialled", "received"):
        assert +counted(boxes, what) == once, what
