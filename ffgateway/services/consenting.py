"""Asking an endpoint whether it wants our events: CloudEvents HTTP 1.1 Web Hooks, section 4.

Only a header says yes: a server that answers OPTIONS to everybody has consented to nothing. Consent
by a call back is not offered: the gateway need not be reachable from there.
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ffgateway.clock import Clock
from ffgateway.delivery.webhooks import WebhookSink
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.errors import ConsentRefused
from ffgateway.domain.receivers import Access, Consent, Receiver
from ffgateway.domain.subscriptions import Subscription
from ffgateway.services.audited import Gate, line
from ffgateway.services.endpoint_changes import differing
from ffgateway.services.equipping import target_of
from ffgateway.store.transaction import Store


class Consenting:
    """Asks, in the name `origin`."""

    def __init__(
        self,
        store: Store,
        sink: WebhookSink,
        gate: Gate,
        clock: Clock,
        *,
        origin: str,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._sink = sink
        self._gate = gate
        self._clock = clock
        self._origin = origin
        self._wake = wake

    async def renew(self, caller: Caller, subscription_id: str) -> Subscription:
        """Ask a registered endpoint. Raises `ConsentRefused`; what it said before holds then."""
        await self._gate.require(caller, Scope.WEBHOOKS_ADMIN, "webhook.handshake", subscription_id)
        async with self._store.reading() as tx:
            before = await tx.subscriptions.get(subscription_id)
            access = await tx.receivers.access(subscription_id)
        consented = (await self.asked(before, access)).consent
        async with self._store.transaction() as tx:
            now = await tx.subscriptions.get(subscription_id, lock=True)
            if now.url != before.url:
                raise ConsentRefused(
                    "Its address was changed meanwhile.", field="url", cure="Ask it again."
                )
            said = replace(now, consent=consented)
            await tx.subscriptions.save(said)
            at = self._clock.now()
            tx.note(
                line(
                    caller,
                    "webhook.handshake",
                    subscription_id,
                    at=at,
                    changed=differing(now, said),
                )
            )
            after = await tx.subscriptions.get(subscription_id)
        self._wake()
        return after

    async def asked(self, subscription: Subscription, access: Access) -> Subscription:
        """Ask an endpoint, for the rate that it is set to; return it with its consent.

        Raises `ConsentRefused`. Nothing is kept.
        """
        rate = subscription.rate_per_second
        outcome, headers = await self._sink.ask(
            target_of(subscription, Receiver(keys=(), access=access)),
            origin=self._origin,
            rate=None if rate is None else max(1, math.ceil(rate * 60)),
        )
        if outcome.error:
            raise ConsentRefused(
                f"It could not be asked: {outcome.error}.",
                field="url",
                cure="Put that right, or do without the handshake.",
            )
        allowed = headers.get("webhook-allowed-origin", "").strip().lower()
        if allowed not in {"*", self._origin.lower()}:
            raise ConsentRefused(
                f"It answered {outcome.status} and does not allow {self._origin}.",
                field="url",
                cure=f"Have it answer OPTIONS with `WebHook-Allowed-Origin: {self._origin}`.",
            )
        said = consent(headers, origin=self._origin, at=self._clock.now())
        return replace(subscription, consent=said)


def consent(headers: dict[str, str], *, origin: str, at: datetime) -> Consent:
    """Read what was allowed. A rate that cannot be read limits nothing."""
    said = headers.get("webhook-allowed-rate", "").strip()
    rate = int(said) if re.fullmatch("[1-9][0-9]{0,8}", said, re.ASCII) else None
    return Consent(at=at, origin=origin, rate=rate)
