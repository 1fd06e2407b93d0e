"""What a delivery takes along: where it goes, and what is opened to let it in and to sign it."""

from ffgateway.delivery.sink import Target
from ffgateway.domain.receivers import Receiver
from ffgateway.domain.subscriptions import Subscription


def target_of(subscription: Subscription, receiver: Receiver) -> Target:
    """Where and how an endpoint is sent to."""
    return Target(url=subscription.url, secrets=tuple(key.secret for key in receiver.keys))
