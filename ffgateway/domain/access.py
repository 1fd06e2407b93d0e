"""Who asks, and what they may do."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from ffgateway.domain.audit import Call
from ffgateway.domain.idempotency import Claim


class Scope(StrEnum):
    """What a key may do. `admin` includes all the others."""

    FAXES_READ = "faxes:read"
    FAXES_SEND = "faxes:send"
    DIRECTORY_READ = "directory:read"  # users, contacts and groups of the appliances
    DIRECTORY_ADMIN = "directory:admin"
    DEVICES_READ = "devices:read"
    DEVICES_ADMIN = "devices:admin"
    WEBHOOKS_ADMIN = "webhooks:admin"
    AUDIT_READ = "audit:read"
    GRAPHQL_ANY = "graphql:any"  # documents that are not on the list of trusted ones
    ADMIN = "admin"


IMPLIED: dict[Scope, frozenset[Scope]] = {
    Scope.FAXES_SEND: frozenset({Scope.FAXES_READ}),
    Scope.DIRECTORY_ADMIN: frozenset({Scope.DIRECTORY_READ}),
    Scope.DEVICES_ADMIN: frozenset(
        {Scope.DEVICES_READ, Scope.DIRECTORY_READ, Scope.DIRECTORY_ADMIN}
    ),
    Scope.ADMIN: frozenset(Scope),
}
"""Whoever may change a thing may look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone who is known: a key, or the gateway itself."""

    id: str
    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether one of the principal's scopes is, or includes, `scope`."""
        return scope in self.scopes or any(scope in IMPLIED.get(own, ()) for own in self.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A principal in the middle of a request: what the audit log wants to know, and its patience."""

    principal: Principal
    request_id: str = ""
    address: str = ""
    patience: timedelta | None = (
        None  # how long it waits for each appliance; None: as long as we do
    )
    claim: Claim | None = None  # the Idempotency-Key it acts under: bound to what is accepted
    call: Call | None = None  # what it asked for; None: an act of ours, or on somebody's behalf

    def acting(self) -> "Caller":
        """The same caller for acts beside the call: their rows are rows of acts."""
        return replace(self, call=None) if self.call is not None else self


GATEWAY = Caller(
    principal=Principal(id="gateway", name="the gateway itself", scopes=frozenset({Scope.ADMIN}))
)
"""Acts of its own: submitting, observing, delivering, purging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: the hash of it, never the key. `prefix` is shown so that people can tell keys apart."""

    id: str
    name: str
    prefix: str
    digest: str = field(repr=False)  # SHA-256 of the whole key, hexadecimal
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None

    def principal(self) -> Principal:
        """The principal that this key stands for."""
        return Principal(id=self.id, name=self.name, scopes=self.scopes)
