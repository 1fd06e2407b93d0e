"""What mutations are given, and how it becomes a draft.

GraphQL checks types; the form of texts and numbers is checked here, their sense by the services.
Errors name the input at fault in our own spelling; `errors.spelled` puts it into GraphQL's.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import strawberry

from ffgateway.domain import devices, faxes
from ffgateway.domain.access import Caller
from ffgateway.domain.dialling import LONGEST_NUMBER, DialPlan
from ffgateway.domain.errors import InvalidRequest
from ffgateway.graphql.checks import line, moment, prose, within
from ffgateway.graphql.contents import check_content, decoded
from ffgateway.graphql.fields import secretive
from ffgateway.services.devices import DeviceChanges
from ffgateway.services.documents import ACCEPTED, Documents

MAX_DOCUMENTS = 20


@strawberry.input(description="Who receives.")
class RecipientInput:
    """A recipient."""

    fax_number: str = strawberry.field(description="3 to 20 digits, like +1 (312) 555-0100.")
    name: str | None = None
    organization: str | None = None
    phone_number: str | None = None


@strawberry.input(description="Who sends, as the cover page shows it.")
class SenderInput:
    """A sender."""

    name: str | None = None
    organization: str | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    email_address: str | None = None


@strawberry.input(description="A page of the appliance's own in front.")
class CoverPageInput:
    """A cover page."""

    enabled: bool = True
    name: str | None = strawberry.field(
        default=None, description="One of the appliance's templates."
    )
    subject: str | None = None
    comments: str | None = None


@strawberry.input(description="A document: its bytes in base64, or where the appliance fetches it.")
class DocumentInput:
    """A document."""

    name: str
    content_type: str = strawberry.field(description="application/pdf or text/plain.")
    content: str | None = strawberry.field(
        default=None,
        description="Base64, passed as a variable and not in the document's text. A request, or a"
        " message of a WebSocket, has at most 4 MiB: send larger files by `POST /v1/faxes`, which"
        " streams them.",
    )
    url: str | None = strawberry.field(
        default=None, description="Instead of `content`, where the gateway's settings allow it."
    )


@strawberry.input(description="A fax to one or more recipients: documents, a cover page, or both.")
class SendFaxInput:
    """What to send."""

    recipients: list[RecipientInput]
    documents: list[DocumentInput] | None = None
    sender: SenderInput | None = None
    cover_page: CoverPageInput | None = None
    client_reference: str | None = strawberry.field(default=None, description="Your name for it.")
    priority: int | None = strawberry.field(default=None, description="0 highest … 5 lowest.")
    max_tries: int | None = None
    try_interval: int | None = strawberry.field(default=None, description="Seconds.")
    send_at: datetime | None = None
    device_id: strawberry.ID | None = strawberry.field(
        default=None, description="The gateway chooses the appliance without it."
    )
    pool: str | None = strawberry.field(
        default=None, description="Any appliance of this pool, instead of any of the fleet."
    )
    deadline: datetime | None = strawberry.field(
        default=None, description="What has not ended by then is given up."
    )
    rounds: int | None = strawberry.field(
        default=None, description="How often it is sent once more, as a new fax, when it failed."
    )
    despite_suppression: bool = strawberry.field(
        default=False, description="Send it although its number is suppressed."
    )


@strawberry.input(description="An element that an appliance calls otherwise.")
class RenameInput:
    """A rename."""

    ours: str
    theirs: str


@strawberry.input(description="What was seen of an operation; null is as the dialect has it.")
class OverrideInput:
    """An override."""

    operation: str = strawberry.field(description="Such as `about.get`.")
    path: str | None = None
    method: str | None = None
    elements: list[RenameInput] | None = None


@strawberry.input(description="What a line needs before a number; empty is nothing.")
class DialPlanInput:
    """A dial plan."""

    outside: str = strawberry.field(default="", description="To get out of the house: `9,`.")
    international: str = strawberry.field(default="", description="To leave the country: 011.")
    national: str = strawberry.field(default="", description="Before numbers of the country.")
    extension_digits: int = strawberry.field(
        default=0, description="Numbers with at most so many digits are inside the house."
    )


@secretive
@strawberry.input(description="An appliance to be taken into the fleet.")
class RegisterDeviceInput:
    """A new device."""

    name: str
    url: str = strawberry.field(description="Scheme, host and port.")
    username: str
    password: str = strawberry.field(description="Kept sealed, never shown.")
    model: str | None = None
    zone: str = strawberry.field(default="UTC", description="IANA zone of the appliance's clock.")
    dialect: str = "faxfinder-3"
    ca_pem: str | None = None
    fingerprint: str | None = None
    poll_busy_seconds: float = 1.0
    poll_idle_seconds: float = 15.0
    firmware: str | None = strawberry.field(default=None, description="Such as 3.5.2.")
    overrides: list[OverrideInput] | None = None
    pools: list[str] | None = None
    weight: float = 1.0
    submissions_at_once: int = devices.AT_ONCE
    regions: list[str] | None = strawberry.field(default=None, description="Such as +49.")
    clients: list[strawberry.ID] | None = None
    region: str | None = strawberry.field(default=None, description="ISO 3166: US.")
    dial_plan: DialPlanInput | None = None


@secretive
@strawberry.input(description="What to change of an appliance; what is absent or null stays.")
class UpdateDeviceInput:
    """Changes to a device."""

    name: str | None = None
    url: str | None = None
    username: str | None = None
    password: str | None = None
    model: str | None = None
    zone: str | None = None
    dialect: str | None = None
    ca_pem: str | None = None
    fingerprint: str | None = None
    enabled: bool | None = None
    poll_busy_seconds: float | None = None
    poll_idle_seconds: float | None = None
    firmware: str | None = None
    overrides: list[OverrideInput] | None = strawberry.field(
        default=None, description="The whole new set of overrides."
    )
    pools: list[str] | None = None
    weight: float | None = None
    submissions_at_once: int | None = None
    regions: list[str] | None = None
    clients: list[strawberry.ID] | None = None
    region: str | None = strawberry.field(default=None, description="ISO 3166: US.")
    dial_plan: DialPlanInput | None = None


async def fax_draft(caller: Caller, documents: Documents, given: SendFaxInput) -> faxes.FaxDraft:
    """Check everything that is cheap, then keep the documents. Raises `InvalidRequest`."""
    within(given.priority, "priority", least=0, most=5)
    within(given.max_tries, "max_tries", least=1, most=100)
    within(given.try_interval, "try_interval", least=1, most=86_400)
    within(given.rounds, "rounds", least=0, most=5)
    within(len(given.recipients), "recipients", least=1, most=faxes.MAX_RECIPIENTS)
    sender, cover = given.sender or SenderInput(), given.cover_page
    draft = faxes.FaxDraft(
        recipients=tuple(_recipient(one, i) for i, one in enumerate(given.recipients)),
        documents=(),
        sender=faxes.Sender(
            name=line(sender.name, "sender.name"),
            organization=line(sender.organization, "sender.organization"),
            phone_number=line(sender.phone_number, "sender.phone_number"),
            fax_number=line(sender.fax_number, "sender.fax_number"),
            email_address=line(sender.email_address, "sender.email_address"),
        ),
        cover_page=_cover(cover) if cover else faxes.CoverPage(),
        client_reference=line(given.client_reference, "client_reference"),
        priority=given.priority,
        max_tries=given.max_tries,
        try_interval=given.try_interval,
        send_at=moment(given.send_at, "send_at"),
        device_id=line(given.device_id, "device_id") or None,
        pool=line(given.pool, "pool") or None,
        deadline=moment(given.deadline, "deadline"),
        rounds=given.rounds,
        despite_suppression=given.despite_suppression,
    )
    return await _with_documents(caller, documents, draft, given.documents or [])


def _recipient(given: RecipientInput, index: int) -> faxes.Recipient:
    where = f"recipients[{index}]"
    return faxes.Recipient(
        fax_number=line(given.fax_number, f"{where}.fax_number", longest=LONGEST_NUMBER),
        name=line(given.name, f"{where}.name"),
        organization=line(given.organization, f"{where}.organization"),
        phone_number=line(given.phone_number, f"{where}.phone_number"),
    )


def _cover(given: CoverPageInput) -> faxes.CoverPage:
    return faxes.CoverPage(
        enabled=given.enabled,
        name=line(given.name, "cover_page.name"),
        subject=line(given.subject, "cover_page.subject"),
        comments=prose(given.comments, "cover_page.comments"),
    )


async def _with_documents(
    caller: Caller, documents: Documents, draft: faxes.FaxDraft, given: list[DocumentInput]
) -> faxes.FaxDraft:
    within(len(given), "documents", least=0, most=MAX_DOCUMENTS)
    for index, one in enumerate(given):
        check_content(one.content, one.url, index)
    kept = []
    for index, one in enumerate(given):
        name = line(one.name, f"documents[{index}].name", required=True)
        if one.content is None:
            kept.append(_linked(one, name, index))
            continue
        kept.append(
            await documents.keep(
                caller,
                name=name,
                content_type=one.content_type,
                chunks=decoded(one.content),
                field=f"documents[{index}]",
            )
        )
    return replace(draft, documents=tuple(kept))


def _linked(given: DocumentInput, name: str, index: int) -> faxes.Document:
    url = line(given.url, f"documents[{index}].url", required=True, longest=2048)
    if not url.startswith(("http://", "https://")):
        raise InvalidRequest(
            "The appliance fetches over HTTP alone.",
            field=f"documents[{index}].url",
            cure="Use http:// or https://.",
        )
    if given.content_type not in ACCEPTED:
        raise InvalidRequest(
            "That type cannot be faxed.",
            field=f"documents[{index}].content_type",
            cure=f"Use one of {', '.join(ACCEPTED)}.",
        )
    return faxes.Document(name=name, content_type=given.content_type, url=url)


def device_draft(given: RegisterDeviceInput) -> devices.DeviceDraft:
    """An appliance as it is described. Raises `InvalidRequest`."""
    within(given.poll_busy_seconds, "poll_busy_seconds", least=0.1, most=3600)
    within(given.poll_idle_seconds, "poll_idle_seconds", least=0.1, most=3600)
    return devices.DeviceDraft(
        name=line(given.name, "name", required=True),
        url=line(given.url, "url", required=True, longest=255),
        username=line(given.username, "username", required=True),
        password=line(given.password, "password"),
        model=line(given.model, "model"),
        zone=line(given.zone, "zone"),
        dialect=given.dialect,
        trust=devices.Trust(
            ca_pem=prose(given.ca_pem, "ca_pem", longest=100_000),
            fingerprint=line(given.fingerprint, "fingerprint"),
        ),
        poll_busy=timedelta(seconds=given.poll_busy_seconds),
        poll_idle=timedelta(seconds=given.poll_idle_seconds),
        firmware=line(given.firmware, "firmware"),
        overrides=_overrides(given.overrides or []),
        pools=_words(given.pools) or (),
        weight=given.weight,
        submissions_at_once=given.submissions_at_once,
        regions=_words(given.regions) or (),
        clients=_words(given.clients) or (),
        region=line(given.region, "region"),
        dial_plan=_plan(given.dial_plan) or DialPlan(),
    )


def device_changes(given: UpdateDeviceInput) -> DeviceChanges:
    """What is to change. Raises `InvalidRequest`."""
    within(given.poll_busy_seconds, "poll_busy_seconds", least=0.1, most=3600)
    within(given.poll_idle_seconds, "poll_idle_seconds", least=0.1, most=3600)
    return DeviceChanges(
        name=_or_stay(given.name, "name", required=True),
        url=_or_stay(given.url, "url", required=True, longest=255),
        username=_or_stay(given.username, "username", required=True),
        password=_or_stay(given.password, "password"),
        model=_or_stay(given.model, "model"),
        zone=_or_stay(given.zone, "zone"),
        dialect=given.dialect,
        ca_pem=None if given.ca_pem is None else prose(given.ca_pem, "ca_pem", longest=100_000),
        fingerprint=_or_stay(given.fingerprint, "fingerprint"),
        enabled=given.enabled,
        poll_busy=_length(given.poll_busy_seconds),
        poll_idle=_length(given.poll_idle_seconds),
        firmware=_or_stay(given.firmware, "firmware"),
        overrides=None if given.overrides is None else _overrides(given.overrides),
        pools=_words(given.pools),
        weight=given.weight,
        submissions_at_once=given.submissions_at_once,
        regions=_words(given.regions),
        clients=_words(given.clients),
        region=_or_stay(given.region, "region"),
        dial_plan=_plan(given.dial_plan),
    )


def _plan(given: DialPlanInput | None) -> DialPlan | None:
    return None if given is None else DialPlan(**asdict(given))


def _words(given: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if given is None else tuple(str(one) for one in given)


def _overrides(given: list[OverrideInput]) -> dict[str, dict[str, object]]:
    """Overrides by operation. Raises `InvalidRequest` for one that is given twice."""
    found: dict[str, dict[str, object]] = {}
    for index, one in enumerate(given):
        name = line(one.operation, f"overrides[{index}].operation", required=True)
        if name in found:
            raise InvalidRequest(
                f"{name} comes twice.",
                field=f"overrides[{index}].operation",
                cure="Put all that was seen of it into one.",
            )
        renames = (
            None if one.elements is None else {each.ours: each.theirs for each in one.elements}
        )
        parts = {"path": one.path, "method": one.method, "elements": renames}
        found[name] = {part: value for part, value in parts.items() if value is not None}
    return found


def _or_stay(
    value: str | None, field: str, *, required: bool = False, longest: int = 200
) -> str | None:
    return None if value is None else line(value, field, required=required, longest=longest)


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
