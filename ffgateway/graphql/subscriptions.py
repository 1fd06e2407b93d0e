"""What can be followed as it happens, from any position in the event log.

A listener that comes back with the last `position` it saw misses nothing.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from typing import Annotated, cast

import strawberry
from strawberry.scalars import JSON

from ffgateway.domain.access import Caller
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import OF_STATUS, Event, Filter, Heartbeat
from ffgateway.domain.faxes import FaxStatus
from ffgateway.graphql import history
from ffgateway.graphql.checks import globs, optional, position
from ffgateway.graphql.context import Info
from ffgateway.graphql.faxes import Fax, show_fax
from ffgateway.graphql.fields import field, subscription
from ffgateway.services.history import History

STATUS_TYPES = tuple(kind.value for kind in OF_STATUS.values())
"""Each change of status is told by exactly one of these."""

After = Annotated[
    str | None,
    strawberry.argument(
        description="The last `position` seen; 0: all that is kept; from now on without."
    ),
]


@strawberry.type(description="A fax has come to another status.")
class FaxStatusChange:
    """A change of status, as the log tells it."""

    position: str = strawberry.field(description="Pass it as `after` to go on from here.")
    sequence: int = strawberry.field(description="Rises by one with each event of the fax.")
    type: str
    status: FaxStatus
    previous_status: FaxStatus | None
    at: datetime
    data: JSON
    fax_id: strawberry.ID

    @field("The fax as it is by now, perhaps further on than `status`.")
    async def fax(self, info: Info) -> Fax | None:
        """The fax, read now."""
        caller = await info.context.caller()
        try:
            return show_fax(await info.context.gateway.faxes.get(caller, self.fax_id))
        except NotFound:
            return None


@strawberry.type(description="What can be followed as it happens.")
class Subscription:
    """Roots of subscriptions."""

    @subscription("Each change of status, of these faxes or of all.")
    async def fax_status_changed(
        self, info: Info, ids: list[strawberry.ID] | None = None, after: After = None
    ) -> AsyncGenerator[FaxStatusChange, None]:
        """Follow faxes."""
        start, wanted = position(after), None if ids is None else frozenset(ids)
        caller = await info.context.caller()
        only = Filter(types=STATUS_TYPES)
        async for event in _followed(info.context.gateway.history, caller, start, only):
            if wanted is None or event.subject in wanted:
                yield show_change(event)

    @subscription("Each event whose type matches one of the globs, of one subject or of all.")
    async def event_happened(
        self,
        info: Info,
        types: list[str] | None = None,
        after: After = None,
        subject: strawberry.ID | None = None,
    ) -> AsyncGenerator[history.Event, None]:
        """Follow the event log."""
        start = position(after)
        only = Filter(types=globs(types), subject=optional(subject, "subject"))
        caller = await info.context.caller()
        async for event in _followed(info.context.gateway.history, caller, start, only):
            yield history.show_event(event)


async def _followed(
    log: History, caller: Caller, after: int | None, only: Filter
) -> AsyncIterator[Event]:
    """The events beyond a position; the transports have heartbeats of their own."""
    events = cast(
        "AsyncGenerator[Event | Heartbeat, None]", log.follow(caller, after=after, only=only)
    )
    try:
        async for event in events:
            if isinstance(event, Event):
                yield event
    finally:
        await events.aclose()


def show_change(event: Event) -> FaxStatusChange:
    """A change of status for GraphQL."""
    before = event.data.get("previous_status")
    return FaxStatusChange(
        position=str(event.position),
        sequence=event.sequence,
        type=event.type,
        status=FaxStatus(event.data["status"]),
        previous_status=FaxStatus(before) if before else None,
        at=event.at,
        data=JSON(dict(event.data)),
        fax_id=strawberry.ID(event.subject),
    )
