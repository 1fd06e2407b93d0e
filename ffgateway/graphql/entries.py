"""Fax entries as appliances have them now, in GraphQL."""

import re
from datetime import datetime
from typing import Annotated

import strawberry

from ffgateway.domain import entries
from ffgateway.domain.errors import InvalidRequest
from ffgateway.domain.evidence import Known
from ffgateway.domain.pages import Page
from ffgateway.graphql.calls import changed, once
from ffgateway.graphql.checks import line, moment, within
from ffgateway.graphql.connections import DEFAULT_LIMIT, Connection, limit, paged
from ffgateway.graphql.context import Info
from ffgateway.graphql.device_parts import OfDevice
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.evidence import Evidence
from ffgateway.graphql.fields import field, mutation
from ffgateway.graphql.statuses import FaxStatus

strawberry.enum(
    entries.EntryClass,
    description="What a list is narrowed to. Which states are in which is inferred.",
)


@strawberry.type(description="Who receives, as the entry says.")
class EntryRecipient:
    """A recipient."""

    fax_number: str
    name: str
    organization: str
    phone_number: str


@strawberry.type(description="Who sends, as the entry says.")
class EntrySender:
    """A sender."""

    name: str
    organization: str
    phone_number: str
    fax_number: str
    email_address: str


@strawberry.type(description="The page in front.")
class EntryCover:
    """A cover page."""

    enabled: bool
    name: str
    subject: str
    comments: str


@strawberry.type(description="One thing that the modem told, and how its name is known.")
class ModemFact:
    """Of the last full try."""

    name: str
    value: str
    evidence: Evidence


@strawberry.type(description="One recipient's entry on an appliance, in the appliance's own words.")
class FaxEntry:
    """An entry."""

    fax_key: str
    entry_key: str
    fax_id: strawberry.ID | None = strawberry.field(
        description="The fax that it is in the gateway."
    )
    state: str
    status: FaxStatus | None = strawberry.field(
        description="Ours for its state; null for a word that is not known."
    )
    message: str
    username: str = strawberry.field(description="Whose it is.")
    agent: str = strawberry.field(description="What put it there: FFWS, WebClient, …")
    recipient: EntryRecipient
    sender: EntrySender
    cover_page: EntryCover
    created_at: datetime | None
    due_at: datetime | None = strawberry.field(
        description="Waiting: the next try; sending: when it began; ended: when it did."
    )
    try_number: int
    max_tries: int | None
    priority: int | None
    try_interval: int | None = strawberry.field(description="Seconds.")
    receipt: str
    receipt_attachment: str
    pages: int
    approver: str
    approved_at: datetime | None
    modem: list[ModemFact]


@strawberry.type(description="What the appliance was asked for; the next look shows what it did.")
class FaxEntryPayload:
    """Of what is asked of an entry."""

    fax_key: str | None
    entry_key: str | None
    user_errors: list[UserError]


FaxKey = Annotated[str, strawberry.argument(description="Eight hexadecimal digits: 0000001B.")]
EntryKey = Annotated[
    str | None, strawberry.argument(description="Four hexadecimal digits; null for every entry.")
]


@strawberry.type
class FaxesOfDevice(OfDevice):
    """The queue of an appliance."""

    @field("What the appliance lists now, the highest key first; asked over the network.")
    async def faxes(
        self,
        info: Info,
        *,
        first: int = DEFAULT_LIMIT,
        after: str | None = None,
        all_users: bool = False,
        of_class: entries.EntryClass | None = None,
        complete_limit: int | None = None,
        modem_info: bool = False,
    ) -> Connection[FaxEntry] | None:
        """A page of its list."""
        within(complete_limit, "complete_limit", least=0, most=1000)
        what = entries.Listing(
            all_users=all_users,
            of_class=of_class,
            complete_limit=complete_limit,
            modem_info=modem_info,
        )
        caller, most = await info.context.caller(), limit(first)

        async def ask() -> Known[Page[entries.Entry]]:
            return await info.context.gateway.entries.list(
                caller, self.id, what, cursor=after, limit=most
            )

        page = await once(self.id, "fax.list", (what, after, most), ask)
        return paged(page, show_entry, key=lambda one: one.key, after=after)

    @field("The entries of one fax, or one of them, now; asked over the network.")
    async def fax_entries(
        self,
        info: Info,
        fax_key: FaxKey,
        entry_key: EntryKey = None,
        modem_info: bool = False,
    ) -> list[FaxEntry] | None:
        """By their key."""
        key, one = _keys(fax_key, entry_key)
        caller = await info.context.caller()

        async def ask() -> Known[tuple[entries.Entry, ...]]:
            return await info.context.gateway.entries.of_fax(
                caller, self.id, key, one, modem_info=modem_info
            )

        function = "fax.get" if one is None else "fax.entry"
        found = await once(self.id, function, (key, one, modem_info), ask)
        return [show_entry(each) for each in found]


@strawberry.type
class EntryMutations:
    """What can be asked of entries, whether or not they are faxes of the gateway's records."""

    @mutation("Have an entry, or every entry of a fax, aborted on its appliance.")
    async def abort_fax_entry(
        self, info: Info, device_id: strawberry.ID, fax_key: FaxKey, entry_key: EntryKey = None
    ) -> FaxEntryPayload:
        """Abort."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def abort() -> tuple[str, str | None]:
            device, (key, one) = line(device_id, "device_id"), _keys(fax_key, entry_key)
            await changed(device, gateway.entries.abort(caller, device, key, one))
            return key, one

        return _payload(*await settled(abort()))

    @mutation("Give an entry on an appliance another time; null is now.")
    async def reschedule_fax_entry(
        self,
        info: Info,
        device_id: strawberry.ID,
        fax_key: FaxKey,
        entry_key: str,
        at: datetime | None = None,
    ) -> FaxEntryPayload:
        """Reschedule."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def reschedule() -> tuple[str, str | None]:
            device, (key, one) = line(device_id, "device_id"), _keys(fax_key, entry_key)
            when = moment(at, "at")
            act = gateway.entries.reschedule(caller, device, key, str(one), when)
            await changed(device, act)
            return key, one

        return _payload(*await settled(reschedule()))


def _payload(done: tuple[str, str | None] | None, wrong: list[UserError]) -> FaxEntryPayload:
    key, one = done or (None, None)
    return FaxEntryPayload(fax_key=key, entry_key=one, user_errors=wrong)


def _keys(fax_key: str, entry_key: str | None) -> tuple[str, str | None]:
    """Check the form of keys. Raises `InvalidRequest`."""
    for key, name, digits in ((fax_key, "fax_key", 8), (entry_key, "entry_key", 4)):
        if key is not None and not re.fullmatch(f"[0-9A-F]{{{digits}}}", key, re.ASCII):
            raise InvalidRequest(
                "That is not a key.",
                field=name,
                cure=f"Use {digits} hexadecimal digits in upper case.",
            )
    return fax_key, entry_key


def show_entry(entry: entries.Entry) -> FaxEntry:
    """An entry for GraphQL."""
    to, sender, cover = entry.recipient, entry.sender, entry.cover_page
    return FaxEntry(
        fax_key=entry.fax_key,
        entry_key=entry.entry_key,
        fax_id=strawberry.ID(entry.fax_id) if entry.fax_id else None,
        state=entry.state,
        status=entry.status,
        message=entry.message,
        username=entry.username,
        agent=entry.agent,
        recipient=EntryRecipient(
            fax_number=to.fax_number,
            name=to.name,
            organization=to.organization,
            phone_number=to.phone_number,
        ),
        sender=EntrySender(
            name=sender.name,
            organization=sender.organization,
            phone_number=sender.phone_number,
            fax_number=sender.fax_number,
            email_address=sender.email_address,
        ),
        cover_page=EntryCover(
            enabled=cover.enabled,
            name=cover.name,
            subject=cover.subject,
            comments=cover.comments,
        ),
        created_at=entry.created_at,
        due_at=entry.due_at,
        try_number=entry.try_number,
        max_tries=entry.max_tries,
        priority=entry.priority,
        try_interval=entry.try_interval,
        receipt=entry.receipt,
        receipt_attachment=entry.receipt_attachment,
        pages=entry.pages,
        approver=entry.approver,
        approved_at=entry.approved_at,
        modem=[
            ModemFact(name=one.name, value=one.value, evidence=one.evidence) for one in entry.modem
        ],
    )
