"""What can be looked up."""

from datetime import datetime
from typing import Annotated

import strawberry

from ffgateway.domain.audit import AuditFilter, Kind, Outcome
from ffgateway.domain.errors import NotFound
from ffgateway.domain.faxes import FaxStatus, Origin
from ffgateway.graphql.checks import globs, line, moment, optional, position
from ffgateway.graphql.connections import (
    DEFAULT_LIMIT,
    After,
    Connection,
    Edge,
    First,
    connection,
    limit,
    paged,
)
from ffgateway.graphql.context import Info
from ffgateway.graphql.devices import Device, DeviceStatus, show_device, status_of
from ffgateway.graphql.faxes import Fax, show_fax
from ffgateway.graphql.fields import field
from ffgateway.graphql.history import (
    AuditEntry,
    Event,
    show_audit,
    show_event,
)
from ffgateway.graphql.webhooks import Webhook, show_webhook
from ffgateway.services.faxes import FaxFilter

Types = Annotated[
    list[str] | None, strawberry.argument(description="Globs: `*`, `fax.*`, `fax.delivered`.")
]


@strawberry.type
class MainQueries:
    """Faxes, devices, webhooks, events, audit and keys."""

    @field("One fax.")
    async def fax(self, info: Info, id: strawberry.ID) -> Fax | None:  # noqa: A002
        """One fax, or null."""
        caller = await info.context.caller()
        try:
            return show_fax(await info.context.gateway.faxes.get(caller, line(id, "id")))
        except NotFound:
            return None

    @field("Faxes, the newest first.")
    async def faxes(
        self,
        info: Info,
        *,
        first: First = DEFAULT_LIMIT,
        after: After = None,
        status: list[FaxStatus] | None = None,
        device_id: strawberry.ID | None = None,
        client_reference: str | None = None,
        submission_id: strawberry.ID | None = None,
        batch_id: strawberry.ID | None = None,
        origin: Origin | None = None,
        username: str | None = None,
    ) -> Connection[Fax]:
        """A page of faxes."""
        filters = FaxFilter(
            status=tuple(status or ()),
            device_id=optional(device_id, "device_id"),
            client_reference=optional(client_reference, "client_reference"),
            submission_id=optional(submission_id, "submission_id"),
            batch_id=optional(batch_id, "batch_id"),
            origin=origin,
            username=optional(username, "username"),
        )
        caller = await info.context.caller()
        page = await info.context.gateway.faxes.list(
            caller, filters, cursor=after, limit=limit(first)
        )
        return paged(page, show_fax, key=lambda fax: fax.id, after=after)

    @field("One appliance.")
    async def device(self, info: Info, id: strawberry.ID) -> Device | None:  # noqa: A002
        """One appliance, or null."""
        caller = await info.context.caller()
        try:
            return show_device(await info.context.gateway.devices.get(caller, line(id, "id")))
        except NotFound:
            return None

    @field("The fleet, the newest first.")
    async def devices(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Device]:
        """A page of appliances."""
        caller = await info.context.caller()
        page = await info.context.gateway.devices.list(caller, cursor=after, limit=limit(first))
        return paged(page, show_device, key=lambda device: device.id, after=after)

    @field("Asks an appliance for its lines and counts.")
    async def device_status(self, info: Info, id: strawberry.ID) -> DeviceStatus | None:  # noqa: A002
        """An appliance's own word, or null when there is no such device."""
        caller = await info.context.caller()
        try:
            return await status_of(info, caller, line(id, "id"))
        except NotFound:
            return None

    @field("One webhook endpoint.")
    async def webhook(self, info: Info, id: strawberry.ID) -> Webhook | None:  # noqa: A002
        """One endpoint, or null."""
        caller = await info.context.caller()
        try:
            return show_webhook(
                await info.context.gateway.subscriptions.get(caller, line(id, "id"))
            )
        except NotFound:
            return None

    @field("Webhook endpoints, the newest first.")
    async def webhooks(
        self, info: Info, first: First = DEFAULT_LIMIT, after: After = None
    ) -> Connection[Webhook]:
        """A page of endpoints."""
        caller = await info.context.caller()
        page = await info.context.gateway.subscriptions.list(
            caller, cursor=after, limit=limit(first)
        )
        return paged(page, show_webhook, key=lambda one: one.id, after=after)

    @field("The event log, in order. A cursor is an event's position.")
    async def events(
        self,
        info: Info,
        *,
        first: First = DEFAULT_LIMIT,
        after: After = None,
        types: Types = None,
        subject: strawberry.ID | None = None,
    ) -> Connection[Event]:
        """A page of events, the oldest first."""
        size = limit(first)
        caller = await info.context.caller()
        found = await info.context.gateway.history.events(
            caller,
            after=position(after) or 0,
            types=globs(types),
            subject=optional(subject, "subject"),
            limit=size + 1,
        )
        shown = found.events[:size]
        edges = [Edge(cursor=str(one.position), node=show_event(one)) for one in shown]
        more = len(found.events) > size or found.looked_to is not None
        reached = None if found.looked_to is None else str(found.looked_to)
        return connection(edges, more=more, after=after, reached=reached)

    @field("The audit log, the newest first.")
    async def audit(
        self,
        info: Info,
        *,
        first: First = DEFAULT_LIMIT,
        after: After = None,
        resource: str | None = None,
        principal_id: strawberry.ID | None = None,
        action: str | None = None,
        outcome: Outcome | None = None,
        kind: Kind | None = None,
        request_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Connection[AuditEntry]:
        """A page of the audit log; `since` is in, `until` is out."""
        wanted = AuditFilter(
            resource=optional(resource, "resource"),
            principal_id=optional(principal_id, "principal_id"),
            action=optional(action, "action"),
            outcome=outcome,
            kind=kind,
            request_id=optional(request_id, "request_id"),
            since=moment(since, "since"),
            until=moment(until, "until"),
        )
        caller = await info.context.caller()
        page = await info.context.gateway.history.audit(
            caller,
            wanted,
            cursor=after,
            limit=limit(first),
        )
        return paged(page, show_audit, key=lambda entry: entry.number, after=after)
