"""Wire nouns to our nouns and back. The only place that knows time zones.

An appliance writes its own wall clock without an offset and reads UTC without an offset; we know
aware times only.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ffgateway.domain.changes import Sighting
from ffgateway.domain.faxes import FaxDraft, FaxStatus, Recipient
from ffgateway.ffws import faxes as wire

STATUSES: dict[wire.WireState, FaxStatus] = {
    wire.WireState.PREPROCESSING: FaxStatus.PREPARING,
    wire.WireState.APPROVAL_PENDING: FaxStatus.HELD,
    wire.WireState.PENDING: FaxStatus.DEVICE_QUEUED,
    wire.WireState.SENDING: FaxStatus.SENDING,
    wire.WireState.SENT: FaxStatus.DELIVERED,
    wire.WireState.ABORTED: FaxStatus.CANCELLED,
    wire.WireState.FAILED: FaxStatus.FAILED,
    wire.WireState.DEAD: FaxStatus.FAILED,
}
"""What a state of the appliance means. That it waits for another try is told by its tries."""


def sighting(entry: wire.FaxEntry, zone: str) -> Sighting:
    """An entry as a look at it."""
    return Sighting(
        fax_key=entry.fax_key,
        entry_key=entry.entry_key,
        status=STATUSES[entry.state] if entry.state is not None else None,
        state=entry.raw_state,
        message=entry.schedule_message,
        try_number=entry.try_number,
        pages=entry.pages,
        due_at=aware(entry.stime, zone),
        created_at=aware(entry.created, zone),
        fax_number=entry.recipient.fax_number,
        username=entry.sender.username,
        agent=entry.agent,
        recipient_name=entry.recipient.name,
        organization=entry.recipient.organization,
        phone_number=entry.recipient.phone_number,
        modem=entry.modem_info,
    )


def aware(wall: datetime | None, zone: str) -> datetime | None:
    """The moment that an appliance's wall clock meant; the earlier one where an hour comes twice.

    A clock that stands at the first or last year there is means nothing.
    """
    if wall is None:
        return None
    try:
        return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return None


def moment(text: str, zone: str) -> datetime | None:
    """The moment that a text means, written like the times of a fax; None for any other form.

    The form of a status's times is not public (inferred), so an odd one is no error.
    """
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    return aware(wall, zone) if len(text) == 19 and wall.tzinfo is None else None


LARGEST_COUNT = 2**31 - 1
"""What a database's and GraphQL's whole number holds."""


def count(number: int | None) -> int | None:
    """A line or a page; None for what can be neither, so that it is not kept."""
    return number if number is not None and 0 <= number <= LARGEST_COUNT else None


def naive_utc(moment: datetime) -> datetime:
    """A moment as `at` and `schedule_all_at` want it."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def request(
    draft: FaxDraft, recipients: tuple[Recipient, ...], *, base_url: str
) -> wire.ScheduleFax:
    """A draft as the appliance reads it, for these of its recipients."""
    cover, sender = draft.cover_page, draft.sender
    page = f"{base_url}/ffws/v1/data/cover_pages/{cover.name}" if cover.name else ""
    return wire.ScheduleFax(
        recipients=tuple(
            wire.Recipient(
                fax_number=one.fax_number,
                name=one.name,
                organization=one.organization,
                phone_number=one.phone_number,
            )
            for one in recipients
        ),
        attachments=tuple(
            wire.ExternalAttachment(url=one.url)
            if one.url
            else wire.InlineAttachment(name=one.name, content_type=one.content_type, size=one.size)
            for one in draft.documents
        ),
        cover_page=wire.CoverPage(
            enabled=cover.enabled, url=page, subject=cover.subject, comments=cover.comments
        ),
        sender=wire.Sender(
            name=sender.name,
            organization=sender.organization,
            phone_number=sender.phone_number,
            fax_number=sender.fax_number,
            email_address=sender.email_address,
        ),
        max_tries=draft.max_tries,
        priority=draft.priority,
        try_interval=draft.try_interval,
    )
