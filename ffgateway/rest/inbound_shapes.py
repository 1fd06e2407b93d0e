"""Faxes that came in, as JSON."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ffgateway.domain.inbound import InboundFax, InboundStatus
from ffgateway.rest.answers import Out
from ffgateway.rest.bodies import DeviceId, Paged


class InboundFaxOut(Out):
    """A call that came in: live while it is `receiving`, then for good."""

    id: str
    device_id: str
    status: str = Field(examples=["receiving", "received", "received_partial", "failed"])
    line: int | None = Field(description="The modem or channel.")
    extension: str
    recipient: str
    remote_id: str = Field(description="How the caller's machine names itself.")
    page: int | None = Field(description="The last page seen on its way.")
    pages: int | None = Field(
        description="Good pages, as the inbound log counts them; null while it goes on and when"
        " there was no log."
    )
    created_at: datetime = Field(description="When the gateway saw it first.")
    updated_at: datetime
    started_at: datetime | None = Field(description="By the appliance's clock.")
    ended_at: datetime | None = Field(
        description="By the inbound log, else when the appliance listed it no more."
    )
    settled_by: str | None = Field(
        description="What its end is known from. With `status` the appliance stopped listing it,"
        " and whether every page came is not known.",
        examples=["inbound_log", "status"],
    )
    message: str = Field(description="The inbound log's own words.")


class InboundQuery(Paged):
    """Which calls."""

    status: Annotated[list[InboundStatus], Field(max_length=20, default_factory=list)]
    device_id: DeviceId | None = None


def inbound_fax_out(fax: InboundFax) -> InboundFaxOut:
    """A call that came in."""
    return InboundFaxOut.model_validate(fax)
