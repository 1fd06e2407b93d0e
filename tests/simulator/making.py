"""What the simulator's tests are made of: a moment, an appliance, a request."""

import base64
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ffgateway.ffws.faxes import (
    CoverPage,
    FaxEntry,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    WireState,
    write_schedule_fax,
)
from ffgateway.simulator.appliance import Appliance
from ffgateway.simulator.people import Role, User
from ffgateway.simulator.sending import Timing

START = datetime(2026, 3, 2, 12, 0, 0, tzinfo=UTC)
ADMIN = User(username="admin", password="admin", role=Role.ADMIN, name="Administrator")
ANN = User(username="ann", password="secret-a")
BOB = User(username="bob", password="secret-b")
USERS = (ADMIN, ANN, BOB)

# Round numbers, so that a test can say when: a one-page fax is prepared at 2, connected at 8,
# sent at 16.
TIMING = Timing()


def appliance(
    model: str = "FF440",
    *,
    zone: str = "UTC",
    timing: Timing = TIMING,
    seed: int | None = None,
    firmware: tuple[int, ...] = (),
) -> Appliance:
    return Appliance(
        model, now=START, users=USERS, zone=zone, timing=timing, seed=seed, firmware=firmware
    )


def text(lines: int = 1, *, name: str = "note.txt") -> InlineAttachment:
    return attachment(b"line\n" * lines, name=name, content_type="text/plain")


def attachment(content: bytes, *, name: str, content_type: str) -> InlineAttachment:
    return InlineAttachment(
        name=name, content_type=content_type, size=len(content), content=content
    )


def fax(
    *numbers: str,
    attachments: Iterable[InlineAttachment] | None = None,
    max_tries: int | None = None,
    priority: int | None = None,
    try_interval: int | None = None,
    schedule_all_at: datetime | None = None,
    cover_page: CoverPage | None = None,
) -> ScheduleFax:
    return ScheduleFax(
        recipients=tuple(Recipient(fax_number=number) for number in numbers),
        attachments=(text(),) if attachments is None else tuple(attachments),
        max_tries=max_tries,
        priority=priority,
        try_interval=try_interval,
        schedule_all_at=schedule_all_at,
        cover_page=cover_page or CoverPage(),
    )


def body_of(request: ScheduleFax) -> bytes:
    """The request as it goes over the wire."""
    return b"".join(
        segment if isinstance(segment, bytes) else _content(request, segment.attachment)
        for segment in write_schedule_fax(request).segments
    )


def _content(request: ScheduleFax, number: int) -> bytes:
    inline = request.attachments[number]
    assert isinstance(inline, InlineAttachment)
    return base64.b64encode(inline.content)


def at(seconds: float) -> datetime:
    """So many seconds after the start."""
    return START + timedelta(seconds=seconds)


def wall(seconds: float) -> datetime:
    """The same on the wall clock of an appliance in UTC."""
    return at(seconds).replace(tzinfo=None)


def only(box: Appliance, fax_key: str = "00000001", entry_key: str = "0000") -> FaxEntry:
    (entry,) = box.view(ADMIN, fax_key, entry_key)
    return entry


def states(box: Appliance) -> list[WireState | None]:
    entries = box.listing(ADMIN, all_users=True, complete_limit=1000)
    return [entry.state for entry in entries]
