"""What people do with webhook endpoints: register, look at, change, remove, test."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from ffgateway.clock import Clock
from ffgateway.delivery.destinations import Destinations
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.differing import changed
from ffgateway.domain.errors import Conflict, InvalidRequest
from ffgateway.domain.events import EventType, paused_event, resumed_event, webhook_event
from ffgateway.domain.identity import new_id
from ffgateway.domain.pages import Page
from ffgateway.domain.receivers import Access, KeyVersion
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
from ffgateway.services.consenting import Consenting
from ffgateway.services.endpoint_changes import NONE, EndpointChanges, differing
from ffgateway.services.signing import begin
from ffgateway.store.subscriptions import ANY, AttemptFilter
from ffgateway.store.transaction import Store

__all__ = ["ANY", "EVENT_GLOB", "AttemptFilter", "EndpointChanges", "Subscriptions", "check_globs"]

EVENT_GLOB = r"^(\*|[a-z]+\.(\*|[a-z_]+))$"
"""`*`, a group (`fax.*`) or one type (`fax.delivered`)."""


class Subscriptions:
    """The webhook endpoints, for whoever may."""

    def __init__(
        self,
        store: Store,
        destinations: Destinations,
        gate: Gate,
        clock: Clock,
        *,
        consenting: Consenting,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._destinations = destinations
        self._gate = gate
        self._clock = clock
        self._consenting = consenting
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
        settings: EndpointChanges = NONE,
        handshake: bool = False,
    ) -> tuple[Subscription, str]:
        """Register an endpoint; the shared secret is returned here and never again.

        `secret` is one of the caller's own, `signatures` are the versions to begin with: without
        `v1` there is no shared secret, and the one returned is empty. With `handshake` it is asked
        first whether it wants events. Raises `ConsentRefused` when it does not say so.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.create")
        await self._check(caller, "webhook.create", replace(settings, url=url, events=events))
        check_signatures(signatures)
        now = self._clock.now()
        access = settings.access(Access())
        made = Subscription(
            id=new_id("whk", at=now, entropy=os.urandom(10)),
            url=url,
            events=events,
            created_at=now,
            description=description,
            created_by=caller.principal.id,
        )
        made = settings.applied_to(made, access)
        if handshake:
            made = await self._consenting.asked(made, access)
        async with self._store.transaction() as tx:
            await tx.subscriptions.add(made)
            await tx.receivers.give(made.id, access)
            versions = tuple(dict.fromkeys(signatures))
            keys = await begin(tx, made.id, versions, secret=secret, at=now)
            told = differing(None, made, access=access) | changed(None, {"keys": keys})
            tx.note(line(caller, "webhook.create", made.id, at=now, changed=told))
        return made, "".join(key.secret for key in keys)

    async def update(
        self,
        caller: Caller,
        subscription_id: str,
        changes: EndpointChanges,
        *,
        seen: str | None = None,
    ) -> Subscription:
        """Change an endpoint. Raises `ChangedMeanwhile` when the caller saw another version.

        Raises `Conflict` when secrets would follow it to another host.
        The consent of one address is not that of another: after a change an endpoint that had
        consented has not, until it is asked again.
        """
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.update", subscription_id)
        await self._check(caller, "webhook.update", changes)
        now = self._clock.now()
        async with self._store.transaction() as tx:
            before = await tx.subscriptions.get(subscription_id, lock=True)
            expect(before.version, seen)
            held = await tx.receivers.access(subscription_id)
            changes.check_move(before, held)
            access = changes.access(held)
            after = changes.applied_to(before, access)
            if after.url != before.url:
                after = replace(after, consent=None)
            await tx.subscriptions.save(after)
            await tx.receivers.give(subscription_id, access)
            told = differing(before, after, held=held, access=access)
            tx.note(line(caller, "webhook.update", subscription_id, at=now, changed=told))
            after = await tx.subscriptions.get(subscription_id)
        self._wake()
        return after

    async def _check(self, caller: Caller, action: str, changes: EndpointChanges) -> None:
        """Let nobody have sent elsewhere what they may not read here; and check the rest."""
        if changes.include:
            await self._gate.require(caller, Scope.FAXES_READ, action)
        if changes.events is not None:
            check_globs(changes.events)
        await changes.check(self._destinations)

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

    async def remove(
        self, caller: Caller, subscription_id: str, *, seen: str | None = None
    ) -> None:
        """Stop telling an endpoint anything; its attempts stay on record. Raises as `update` does."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.remove", subscription_id)
        async with self._store.transaction() as tx:
            before, now = await tx.subscriptions.get(subscription_id, lock=True), self._clock.now()
            expect(before.version, seen)
            gone = differing(before, None, held=await tx.receivers.access(subscription_id))
            await tx.subscriptions.remove(subscription_id, at=now)
            await tx.receivers.forget(subscription_id)
            tx.note(line(caller, "webhook.remove", subscription_id, at=now, changed=gone))
        self._wake()

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
            tx.note(
                line(
                    caller,
                    "webhook.pause",
                    subscription_id,
                    at=now,
                    reason=reason,
                    changed=differing(before, after),
                )
            )
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
            after = resumed(before)
            await tx.subscriptions.save(after)
            await tx.outbox.hasten(subscription_id, at=now)
            tx.tell(resumed_event(before, by=PausedBy.OPERATOR, at=now))
            differs = differing(before, after)
            tx.note(line(caller, "webhook.resume", subscription_id, at=now, changed=differs))
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
