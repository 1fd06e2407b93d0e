"""What people do with webhook endpoints: register, look at, change, remove, test."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

from ffgateway.clock import Clock
from ffgateway.delivery.destinations import Destinations
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.errors import Conflict, InvalidRequest
from ffgateway.domain.events import EventType, paused_event, resumed_event, webhook_event
from ffgateway.domain.pages import Page
from ffgateway.domain.receivers import KeyVersion
from ffgateway.domain.subscriptions import (
    Attempt,
    PausedBy,
    Subscription,
    SubscriptionState,
    paused_as,
    resumed,
)
from ffgateway.domain.versions import expect
from ffgateway.services.audited import Gate, line
from ffgateway.services.signing import begin
from ffgateway.store.subscriptions import ANY, AttemptFilter
from ffgateway.store.transaction import Store

__all__ = ["ANY", "EVENT_GLOB", "AttemptFilter", "Subscriptions", "check_globs"]

EVENT_GLOB = r"^(\*|[a-z]+\.(\*|[a-z_]+))$"
"""`*`, a group (`fax.*`) or one type (`fax.delivered`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChanges:
    """What is to be different about an endpoint; None leaves a thing as it is."""

    url: str | None = None
    events: tuple[str, ...] | None = None
    description: str | None = None

    @property
    def named(self) -> list[str]:
        """Which things: for the record, which has no secret."""
        return [one.name for one in fields(self) if getattr(self, one.name) is not None]

    def applied_to(self, subscription: Subscription) -> Subscription:
        """The endpoint as it is to be."""
        return replace(subscription, **{name: getattr(self, name) for name in self.named})


class Subscriptions:
    """The webhook endpoints, for whoever may."""

    def __init__(
        self,
        store: Store,
        destinations: Destinations,
        gate: Gate,
        clock: Clock,
        *,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._destinations = destinations
        self._gate = gate
        self._clock = clock
        self._wake = wake

    async def create(
        self,
        caller: Caller,
        *,
        url: str,
        events: tuple[str, ...],
        description: str = "",
        secret: str | None = None,
        signatures: Sequence[KeyVersion] = (KeyVersion.V1,),
    ) -> tuple[Subscription, str]:
        """Register an endpoint; the shared secret is returned here and never again.

        `secret` is one of the caller's own, `signatures` are the versions to begin with: without
        `v1` there is no shared secret, and the one returned is empty.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.create")
        await self._destinations.check(url)
        check_globs(events)
        check_signatures(signatures)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            subscription = Subscription(
                id=tx.identify("whk"),
                url=url,
                events=events,
                created_at=now,
                description=description,
                created_by=caller.principal.id,
            )
            await tx.subscriptions.add(subscription)
            versions = tuple(dict.fromkeys(signatures))
            keys = await begin(tx, subscription.id, versions, secret=secret, at=now)
            tx.note(line(caller, "webhook.create", subscription.id, at=now, events=list(events)))
        return subscription, "".join(key.secret for key in keys)

    async def update(
        self,
        caller: Caller,
        subscription_id: str,
        changes: EndpointChanges,
        *,
        seen: str | None = None,
    ) -> Subscription:
        """Change an endpoint. Raises `ChangedMeanwhile` when the caller saw another version."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.update", subscription_id)
        if changes.url is not None:
            await self._destinations.check(changes.url)
        if changes.events is not None:
            check_globs(changes.events)
        async with self._store.transaction() as tx:
            before = await tx.subscriptions.get(subscription_id, lock=True)
            expect(before.version, seen)
            await tx.subscriptions.save(changes.applied_to(before))
            tx.note(
                line(
                    caller,
                    "webhook.update",
                    subscription_id,
                    at=self._clock.now(),
                    changed=changes.named,
                )
            )
            after = await tx.subscriptions.get(subscription_id)
        self._wake()
        return after

    async def get(self, caller: Caller, subscription_id: str) -> Subscription:
        """One endpoint. Raises `NotFound`."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.get", subscription_id)
        async with self._store.reading() as tx:
            return await tx.subscriptions.get(subscription_id)

    async def list(self, caller: Caller, *, cursor: str | None, limit: int) -> Page[Subscription]:
        """A page of endpoints, the newest first."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.list")
        async with self._store.reading() as tx:
            return await tx.subscriptions.page(cursor=cursor, limit=limit)

    async def remove(self, caller: Caller, subscription_id: str) -> None:
        """Stop telling an endpoint anything; its attempts stay on record."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.remove", subscription_id)
        async with self._store.transaction() as tx:
            await tx.subscriptions.get(subscription_id, lock=True)
            await tx.subscriptions.remove(subscription_id, at=self._clock.now())
            await tx.receivers.forget(subscription_id)
            tx.note(line(caller, "webhook.remove", subscription_id, at=self._clock.now()))

    async def pause(
        self, caller: Caller, subscription_id: str, *, reason: str = ""
    ) -> Subscription:
        """Send an endpoint nothing until somebody resumes it; what is for it is kept.

        Also one that the gateway paused: it is then not probed any more. Raises `Conflict` for one
        that is disabled.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.pause", subscription_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await tx.subscriptions.get(subscription_id, lock=True)
            if before.state is SubscriptionState.DISABLED:
                raise Conflict("The endpoint is disabled.", cure="Resume it first.")
            if before.paused_by is PausedBy.OPERATOR:
                return before
            after = paused_as(before, by=PausedBy.OPERATOR, reason=reason, at=now)
            await tx.subscriptions.save(after)
            if before.state is SubscriptionState.ACTIVE:  # else its pause was told already
                tx.tell(paused_event(after, at=now))
            tx.note(line(caller, "webhook.pause", subscription_id, at=now, reason=reason))
            after = await tx.subscriptions.get(subscription_id)
        self._wake()
        return after

    async def resume(self, caller: Caller, subscription_id: str) -> Subscription:
        """Send an endpoint what waits for it, whoever paused or disabled it."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.resume", subscription_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await tx.subscriptions.get(subscription_id, lock=True)
            if before.state is SubscriptionState.ACTIVE:
                return before
            await tx.subscriptions.save(resumed(before))
            await tx.outbox.hasten(subscription_id, at=now)
            tx.tell(resumed_event(before, by=PausedBy.OPERATOR, at=now))
            tx.note(line(caller, "webhook.resume", subscription_id, at=now))
            after = await tx.subscriptions.get(subscription_id)
        self._wake()
        return after

    async def test(self, caller: Caller, subscription_id: str) -> str:
        """Send a `webhook.ping` to one endpoint; return the event's id, to find its attempt by."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.test", subscription_id)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            subscription = await tx.subscriptions.get(subscription_id)
            ping = webhook_event(EventType.WEBHOOK_PING, subscription, at=now)
            event_id = tx.tell_one(ping, subscription_id)
            tx.note(line(caller, "webhook.test", subscription_id, at=now, event=event_id))
        self._wake()
        return event_id

    async def attempts(
        self,
        caller: Caller,
        subscription_id: str,
        filters: AttemptFilter = ANY,
        *,
        cursor: str | None,
        limit: int,
    ) -> Page[Attempt]:
        """A page of tries at an endpoint, the newest first."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.attempts", subscription_id)
        async with self._store.reading() as tx:
            await tx.subscriptions.get(subscription_id)
            return await tx.subscriptions.attempts(
                subscription_id, filters, cursor=cursor, limit=limit
            )


def check_globs(globs: tuple[str, ...], *, field: str = "events") -> None:
    """Raise `InvalidRequest` for a glob that no event type could ever match."""
    if not globs:
        raise InvalidRequest("No events are named.", field=field, cure="Use `*` for all.")
    for index, glob in enumerate(globs):
        if not re.fullmatch(EVENT_GLOB[1:-1], glob):
            raise InvalidRequest(
                f"{glob!r} is not an event type.",
                field=f"{field}[{index}]",
                cure="Use `*`, a group such as `fax.*`, or a type such as `fax.delivered`.",
            )


def check_signatures(versions: Sequence[KeyVersion]) -> None:
    """Raise `InvalidRequest` unless there is at least one version: nothing goes out unsigned."""
    if not versions:
        raise InvalidRequest(
            "No kind of signature is named.", field="signatures", cure="Use v1, v1a or both."
        )
