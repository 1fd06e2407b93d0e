"""What a delivery takes along: where it goes, what lets it in and signs it, and what it tells more."""

from collections.abc import Sequence
from dataclasses import replace

from ffgateway.delivery.sink import Target
from ffgateway.domain.events import Event
from ffgateway.domain.receivers import Receiver
from ffgateway.domain.subscriptions import Subscription
from ffgateway.store.transaction import Transaction


def target_of(subscription: Subscription, receiver: Receiver) -> Target:
    """Where and how an endpoint is sent to."""
    consent = subscription.consent
    return Target(
        url=subscription.url,
        secrets=tuple(key.secret for key in receiver.keys),
        body=subscription.body,
        access=receiver.access,
        origin=consent.origin if consent else "",
    )


async def detailed(
    tx: Transaction, going: Sequence[tuple[Event, Subscription]]
) -> tuple[Event, ...]:
    """Return each event as its endpoint is told it: thin, unless it asked for more."""
    asked = {event.subject for event, subscription in going if subscription.include}
    details = await tx.details.of(asked) if asked else {}
    return tuple(
        replace(event, data={**event.data, **details[event.subject].of(subscription.include)})
        if subscription.include and event.subject in details
        else event
        for event, subscription in going
    )
