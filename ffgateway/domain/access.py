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


TOKEN_ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519",
)  # fmt: skip
"""What tokens may be signed with: all of these let nobody sign but who has the private key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What narrows a principal beyond its scopes; what is empty or None narrows nothing.

    With `pools` it has to do with the appliances of these alone (`services.bounds` has the rule).
    `numbers` are prefixes in E.164 (`+4930`) of what it may send to. The caps are for a day in UTC.
    `acts_as` is who it is on appliances (`domain.acting`): as an appliance's own user where that has
    none for it, or nobody there with `acts_as_only`.
    """

    pools: frozenset[str] = frozenset()
    numbers: tuple[str, ...] = ()
    faxes_per_day: int | None = None
    pages_per_day: int | None = None
    acts_as: str = ""
    acts_as_only: bool = False

    def within(self, other: "Limits") -> bool:
        """Whether whoever is held to these can do nothing that one held to `other` could not."""
        pooled = not other.pools or (bool(self.pools) and self.pools <= other.pools)
        numbered = not other.numbers or (
            bool(self.numbers) and all(one.startswith(other.numbers) for one in self.numbers)
        )
        return (
            pooled
            and numbered
            and (not other.acts_as or self.acts_as == other.acts_as)
            and (self.acts_as_only or not other.acts_as_only)
            and _no_more(self.faxes_per_day, other.faxes_per_day)
            and _no_more(self.pages_per_day, other.pages_per_day)
        )


def _no_more(cap: int | None, other: int | None) -> bool:
    return other is None or (cap is not None and cap <= other)


UNLIMITED = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What whoever has some value in a token may do here. Nothing, unless it is said."""

    scopes: frozenset[Scope] = frozenset()
    limits: Limits = UNLIMITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Someone who is known: a key, whoever a token is about, or the gateway itself.

    From `expires_at` on what it came in with opens nothing; what is under way then ends. `outlasts`
    is the end of a key itself: none that it makes may be there longer. `secret` is the SHA-256 of a
    key's text, `known_at` when somebody was let in; without that nobody looks again.
    """

    id: str
    name: str
    scopes: frozenset[Scope]
    limits: Limits = UNLIMITED
    expires_at: datetime | None = None
    outlasts: datetime | None = None
    secret: str = field(default="", repr=False, compare=False)
    known_at: datetime | None = field(default=None, compare=False)

    def may(self, scope: Scope) -> bool:
        """Whether one of the principal's scopes is, or includes, `scope`."""
        return scope in self.scopes or any(scope in IMPLIED.get(own, ()) for own in self.scopes)

    @property
    def grant(self) -> Grant:
        """What it may do."""
        return Grant(scopes=self.scopes, limits=self.limits)

    def covers(self, grant: Grant) -> bool:
        """Whether it may be shown what was answered to one with a grant. Numbers and caps bound sending alone."""
        own = replace(self.limits, numbers=(), faxes_per_day=None, pages_per_day=None)
        return all(self.may(scope) for scope in grant.scopes) and grant.limits.within(own)


class Needs:
    """What something takes: every one of these scopes, or the one `instead`."""

    def __init__(self, *scopes: Scope, instead: Scope | None = None) -> None:
        self.scopes = scopes
        self._instead = instead

    def met(self, principal: Principal) -> bool:
        """Whether a principal has it."""
        if self._instead is not None and principal.may(self._instead):
            return True
        return all(principal.may(scope) for scope in self.scopes)

    def told(self) -> str:
        """The same for people; nothing where nothing is needed."""
        named = [f"`{scope.value}`" for scope in self.scopes]
        instead = f", or `{self._instead.value}`" if self._instead else ""
        many = "scopes" if len(named) > 1 else "scope"
        return f"Needs the {many} {' and '.join(named)}{instead}." if named else ""


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
    has: tuple[str, str] | None = None  # the place of a record, and the tags of it that it has
    call: Call | None = None  # what it asked for; None: an act of ours, or on somebody's behalf

    def acting(self) -> "Caller":
        """The same caller for acts beside the call: their rows are rows of acts."""
        return replace(self, call=None) if self.call is not None else self


GATEWAY = Caller(
    principal=Principal(id="gateway", name="the gateway itself", scopes=frozenset({Scope.ADMIN}))
)
"""Acts of its own: submitting, observing, delivering, purging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChanges:
    """What is to be another about a key; None stays. `limits` are all that it has from then on."""

    name: str | None = None
    scopes: frozenset[Scope] | None = None
    limits: Limits | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is kept: the hash of it, never the key. `prefix` is shown so that people can tell keys apart.

    Once it was rotated, secrets it had before may open it as well, up to `old_secrets_until`.
    """

    id: str
    name: str
    prefix: str
    digest: str = field(repr=False)  # SHA-256 of the whole key, hexadecimal
    scopes: frozenset[Scope]
    created_at: datetime
    revoked_at: datetime | None = None
    limits: Limits = UNLIMITED
    expires_at: datetime | None = None
    last_used_at: datetime | None = None  # within a minute or two
    old_secrets_until: datetime | None = None

    def ended(self, *, now: datetime) -> bool:
        """Whether it opens nothing any more."""
        return self.revoked_at is not None or (
            self.expires_at is not None and self.expires_at <= now
        )

    def principal(self, *, until: datetime | None = None) -> Principal:
        """The principal that this key stands for; `until` is when the secret in use ends."""
        ends = [one for one in (self.expires_at, until) if one is not None]
        return Principal(
            id=self.id,
            name=self.name,
            scopes=self.scopes,
            limits=self.limits,
            expires_at=min(ends, default=None),
            outlasts=self.expires_at,
        )
