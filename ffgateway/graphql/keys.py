"""Keys: made, given new secrets, ended."""

from datetime import datetime, timedelta

import strawberry

from ffgateway.domain import access
from ffgateway.domain.limits import checked
from ffgateway.graphql.checks import line, moment, within
from ffgateway.graphql.context import Info
from ffgateway.graphql.errors import UserError, settled
from ffgateway.graphql.fields import field, mutation, secretive
from ffgateway.graphql.mutations import RemovedPayload
from ffgateway.services.keys import LONGEST_OVERLAP, OVERLAP

strawberry.enum(access.Scope, description="What a key may do. ADMIN includes all the others.")


@strawberry.type(description="What narrows a key beyond its scopes; empty or null: nothing.")
class KeyLimits:
    """Of a key."""

    pools: list[str]
    numbers: list[str]
    faxes_per_day: int | None
    pages_per_day: int | None
    acts_as: str | None
    acts_as_only: bool


@strawberry.input(description="What narrows a key beyond its scopes; what is left out: nothing.")
class KeyLimitsInput:
    """For a new key."""

    pools: list[str] | None = strawberry.field(
        default=None, description="It has to do with appliances of these alone."
    )
    numbers: list[str] | None = strawberry.field(
        default=None, description="How numbers begin that it may send to, in E.164: +4930."
    )
    faxes_per_day: int | None = strawberry.field(
        default=None, description="Recipients on a day, in UTC."
    )
    pages_per_day: int | None = strawberry.field(
        default=None, description="The same of pages, one for a cover page among them."
    )
    acts_as: str | None = strawberry.field(
        default=None, description="Who it is on appliances that have a user for that name."
    )
    acts_as_only: bool = strawberry.field(default=False, description="It has to do with no others.")


@strawberry.type(description="A key, without its text.")
class Key:
    """What is kept of a key."""

    id: strawberry.ID
    name: str
    prefix: str = strawberry.field(description="Its first characters, to tell keys apart.")
    scopes: list[access.Scope]
    limits: KeyLimits
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = strawberry.field(description="Within two minutes.")
    old_secrets_until: datetime | None = strawberry.field(
        description="Until when the secrets that it had before it was rotated open it."
    )


@secretive
@strawberry.type(description="The key and its text, which is never shown again.")
class CreateKeyPayload:
    """Of `createKey`."""

    key: Key | None
    token: str | None
    user_errors: list[UserError]


@strawberry.type(description="The key as it is afterwards.")
class UpdateKeyPayload:
    """Of `updateKey`."""

    key: Key | None
    user_errors: list[UserError]


@secretive
@strawberry.type(description="The key and its new text, which is never shown again.")
class RotateKeyPayload:
    """Of `rotateKey`."""

    key: Key | None
    token: str | None
    user_errors: list[UserError]


def show_key(key: access.ApiKey) -> Key:
    """A key for GraphQL."""
    return Key(
        id=strawberry.ID(key.id),
        name=key.name,
        prefix=key.prefix,
        scopes=sorted(key.scopes),
        limits=KeyLimits(
            pools=sorted(key.limits.pools),
            numbers=list(key.limits.numbers),
            faxes_per_day=key.limits.faxes_per_day,
            pages_per_day=key.limits.pages_per_day,
            acts_as=key.limits.acts_as or None,
            acts_as_only=key.limits.acts_as_only,
        ),
        created_at=key.created_at,
        expires_at=key.expires_at,
        revoked_at=key.revoked_at,
        last_used_at=key.last_used_at,
        old_secrets_until=key.old_secrets_until,
    )


def _limits(given: KeyLimitsInput | None) -> access.Limits:
    if given is None:
        return access.UNLIMITED
    return checked(
        access.Limits(
            pools=frozenset(given.pools or ()),
            numbers=tuple(given.numbers or ()),
            faxes_per_day=given.faxes_per_day,
            pages_per_day=given.pages_per_day,
            acts_as=given.acts_as or "",
            acts_as_only=given.acts_as_only,
        )
    )


@strawberry.type
class KeyQueries:
    """Looking at keys."""

    @field("Every key, without its text.")
    async def keys(self, info: Info) -> list[Key]:
        """The keys."""
        caller = await info.context.caller()
        return [show_key(key) for key in await info.context.gateway.keys.list(caller)]


@strawberry.type
class KeyMutations:
    """Making and ending keys."""

    @mutation("Make a key.")
    async def create_key(
        self,
        info: Info,
        name: str,
        scopes: list[access.Scope],
        expires_at: datetime | None = None,
        limits: KeyLimitsInput | None = None,
    ) -> CreateKeyPayload:
        """Make a key."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def create() -> tuple[Key, str]:
            key, token = await gateway.keys.create(
                caller,
                line(name, "name", required=True),
                frozenset(scopes),
                expires_at=moment(expires_at, "expires_at"),
                limits=_limits(limits),
            )
            return show_key(key), token

        made, wrong = await settled(create())
        key, token = made or (None, None)
        return CreateKeyPayload(key=key, token=token, user_errors=wrong)

    @mutation(
        "Change what a key may do, its end or its name; what is left out stays."
        " An end can be moved, and not taken away; `limits` are all that it has from then on."
    )
    async def update_key(
        self,
        info: Info,
        *,
        id: strawberry.ID,  # noqa: A002
        name: str | None = None,
        scopes: list[access.Scope] | None = None,
        expires_at: datetime | None = None,
        limits: KeyLimitsInput | None = None,
    ) -> UpdateKeyPayload:
        """Change a key."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def update() -> Key:
            changes = access.KeyChanges(
                name=None if name is None else line(name, "name", required=True),
                scopes=None if scopes is None else frozenset(scopes),
                limits=None if limits is None else _limits(limits),
                expires_at=moment(expires_at, "expires_at"),
            )
            return show_key(await gateway.keys.update(caller, line(id, "id"), changes))

        key, wrong = await settled(update())
        return UpdateKeyPayload(key=key, user_errors=wrong)

    @mutation("Give a key a new secret; those it had before open it for a while.")
    async def rotate_key(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        overlap_seconds: int = int(OVERLAP.total_seconds()),
    ) -> RotateKeyPayload:
        """Rotate a key."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def rotate() -> tuple[Key, str]:
            longest = int(LONGEST_OVERLAP.total_seconds())
            within(overlap_seconds, "overlap_seconds", least=0, most=longest)
            overlap = timedelta(seconds=overlap_seconds)
            key, token = await gateway.keys.rotate(caller, line(id, "id"), overlap=overlap)
            return show_key(key), token

        made, wrong = await settled(rotate())
        key, token = made or (None, None)
        return RotateKeyPayload(key=key, token=token, user_errors=wrong)

    @mutation("End a key at once.")
    async def revoke_key(self, info: Info, id: strawberry.ID) -> RemovedPayload:  # noqa: A002
        """Revoke a key."""
        caller, gateway = await info.context.caller(), info.context.gateway

        async def revoke() -> strawberry.ID:
            await gateway.keys.revoke(caller, line(id, "id"))
            return id

        gone, wrong = await settled(revoke())
        return RemovedPayload(id=gone, user_errors=wrong)
