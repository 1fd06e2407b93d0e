"""Fax entries as an appliance has them: what is asked for and what is answered."""

from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from ffgateway.domain.entries import Entry, EntryClass, Listing
from ffgateway.domain.evidence import Evidence
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import Paged, Query, digits
from ffgateway.rest.faxes_shapes import RecipientOut


def _flag(value: object) -> object:
    """Read a truth in a query: `true` or `false`, and nothing else that Python would take for one."""
    words = {"true": True, "false": False}
    if isinstance(value, str):
        if value not in words:
            raise ValueError("use true or false")
        return words[value]
    return value


Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
ModemInfo = Annotated[
    Flag, Field(description="Also what the modem told of the last full try (`modem`).")
]


class EntryQuery(Query):
    """How much of each entry."""

    modem_info: ModemInfo = False


class EntriesQuery(Paged):
    """Which entries of an appliance's list."""

    all_users: Annotated[
        Flag,
        Field(
            description="Everybody's; the appliance allows it to accounts of level Admin. What it"
            " shows to others who ask is not public."
        ),
    ] = False
    of_class: Annotated[
        EntryClass | None,
        Field(alias="class", description="Only these; which states are in which is inferred."),
    ] = None
    complete_limit: Annotated[
        Annotated[int, Field(ge=0, le=1000), BeforeValidator(digits)] | None,
        Field(description="The most finished ones in the list; the appliance's own default is 10."),
    ] = None
    modem_info: ModemInfo = False

    def listing(self) -> Listing:
        """The same in the domain's words."""
        return Listing(
            all_users=self.all_users,
            of_class=self.of_class,
            complete_limit=self.complete_limit,
            modem_info=self.modem_info,
        )


class EntrySender(Out):
    """Who sends, as the entry says."""

    name: str
    organization: str
    phone_number: str
    fax_number: str
    email_address: str


class EntryCover(Out):
    """The page in front."""

    enabled: bool
    name: str
    subject: str
    comments: str


class ModemFactOut(Out):
    """One thing that the modem told, and how its name is known."""

    name: str = Field(examples=["connect_time"])
    value: str
    evidence: Evidence


class EntryOut(Out):
    """One recipient's entry on an appliance, in the appliance's own words."""

    fax_key: str
    entry_key: str
    fax_id: str | None = Field(description="The fax that it is in the gateway.")
    state: str = Field(description="The appliance's own word.")
    status: str | None = Field(description="Ours for it; null for a word that is not known.")
    message: str
    username: str = Field(description="Whose it is.")
    agent: str = Field(description="What put it there.", examples=["FFWS", "WebClient"])
    recipient: RecipientOut
    sender: EntrySender
    cover_page: EntryCover
    created_at: datetime | None
    due_at: datetime | None = Field(
        description="Waiting: the next try; sending: when it began; ended: when it did."
    )
    try_number: int
    max_tries: int | None
    priority: int | None
    try_interval: int | None = Field(description="Seconds.")
    receipt: str
    receipt_attachment: str
    pages: int
    approver: str
    approved_at: datetime | None
    modem: list[ModemFactOut]


class EntriesOut(Out):
    """The entries of one fax."""

    items: list[EntryOut]


class AskedOut(Out):
    """What the appliance was asked for and has taken on; the next look shows whether it did it."""

    device_id: str
    fax_key: str
    entry_key: str | None = Field(description="Null for every entry of the fax.")


def entry_out(entry: Entry) -> EntryOut:
    """An entry."""
    return EntryOut.model_validate(entry)


def entries_out(entries: tuple[Entry, ...]) -> EntriesOut:
    """The entries of one fax."""
    return EntriesOut(items=[entry_out(one) for one in entries])
