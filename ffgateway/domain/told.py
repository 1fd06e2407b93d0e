"""What one commit told, for whoever acts on it in the process that made the commit."""

from dataclasses import dataclass

from ffgateway.domain.events import Event
from ffgateway.domain.subscriptions import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Events and deliveries as the log and the outbox have them, in the order of both.

    `before` is the last delivery that was in the outbox; who knows all up to that one knows all up to
    the last of these.
    """

    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    before: int = 0
