"""The catalogue: every type of event, what it means, what it looks like, and a sample of it."""

from dataclasses import dataclass

from ffgateway.delivery.meanings import MEANINGS
from ffgateway.delivery.payload_schemas import Schema, schema
from ffgateway.delivery.payloads import payload
from ffgateway.delivery.samples import sample
from ffgateway.domain.access import Caller, Scope
from ffgateway.domain.errors import NotFound
from ffgateway.domain.events import EventType
from ffgateway.services.audited import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A type of event. `schema` is the JSON Schema 2020-12 of the whole body."""

    type: str
    meaning: str
    schema: Schema


class EventTypes:
    """The types of events, for whoever may read events or set up endpoints for them."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def list(self, caller: Caller) -> tuple[Described, ...]:
        """Every type that this version can write."""
        await self._let_in(caller, "event_type.list")
        return tuple(
            Described(type=kind.value, meaning=MEANINGS[kind], schema=schema(kind))
            for kind in EventType
        )

    async def sample(self, caller: Caller, event_type: str) -> bytes:
        """A body of this type, to the byte as an endpoint would be posted it. Raises `NotFound`."""
        await self._let_in(caller, "event_type.sample")
        try:
            kind = EventType(event_type)
        except ValueError:
            raise NotFound(f"There is no event type {event_type}.", field="type") from None
        return payload(sample(kind))

    async def _let_in(self, caller: Caller, action: str) -> None:
        telling = caller.principal.may(Scope.WEBHOOKS_ADMIN)
        scope = Scope.WEBHOOKS_ADMIN if telling else Scope.FAXES_READ
        await self._gate.require(caller, scope, action)
