"""Keys over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field, StringConstraints
from starlette.responses import Response

from ffgateway.domain.access import UNLIMITED, ApiKey, KeyChanges, Limits, Scope
from ffgateway.domain.acting import ACTOR
from ffgateway.domain.devices import POOL
from ffgateway.domain.limits import NUMBERS, checked
from ffgateway.rest.answers import Json, Out, all_of
from ffgateway.rest.bodies import Moment, Name, Strict, Whole
from ffgateway.rest.operations import Asked, Operation
from ffgateway.services.gateway import Gateway
from ffgateway.services.keys import LONGEST_OVERLAP, OVERLAP

Pool = Annotated[str, StringConstraints(pattern=POOL, max_length=50)]
Numbers = Annotated[str, StringConstraints(pattern=NUMBERS, max_length=16)]
Cap = Annotated[int, Field(ge=0, le=10**9), Whole]


SOMEBODY: Final[dict[str, Any]] = {
    "anyOf": [
        {"properties": {"acts_as_only": {"const": False}}},
        {
            "properties": {"acts_as": {"type": "string", "pattern": ACTOR, "maxLength": 50}},
            "required": ["acts_as"],
        },
    ]
}
"""Who acts as somebody alone says as whom."""


class KeyLimits(Strict):
    """What narrows a key beyond its scopes; what is left out narrows nothing."""

    model_config = ConfigDict(json_schema_extra=SOMEBODY)

    pools: Annotated[
        list[Pool],
        Field(max_length=100, description="It has to do with appliances of these alone."),
    ] = []  # noqa: RUF012 -- a model copies it
    numbers: Annotated[
        list[Numbers],
        Field(max_length=100, description="How numbers begin that it may send to, in E.164."),
    ] = []  # noqa: RUF012 -- a model copies it
    faxes_per_day: Annotated[
        Cap | None, Field(description="Recipients on a day, in UTC; null: any number.")
    ] = None
    pages_per_day: Annotated[
        Cap | None,
        Field(description="The same of pages: those of the documents, and one for a cover page."),
    ] = None
    acts_as: Annotated[
        Annotated[str, StringConstraints(pattern=ACTOR, max_length=50)] | None,
        Field(description="Who it is on appliances that have a user for that name; null: nobody."),
    ] = None
    acts_as_only: Annotated[bool, Field(description="It has to do with no others.")] = False

    def limits(self) -> Limits:
        """The same for the services."""
        return Limits(
            pools=frozenset(self.pools),
            numbers=tuple(self.numbers),
            faxes_per_day=self.faxes_per_day,
            pages_per_day=self.pages_per_day,
            acts_as=self.acts_as or "",
            acts_as_only=self.acts_as_only,
        )


class KeyRequest(Strict):
    """A key to be made."""

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    expires_at: Annotated[
        Moment | None, Field(description="From when on it opens nothing; null: it does not end.")
    ] = None
    limits: KeyLimits | None = None


class KeyPatch(Strict):
    """What is to be another about a key; what is left out, or null, stays."""

    name: Name | None = None
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] | None = None
    expires_at: Annotated[
        Moment | None, Field(description="An end can be moved, and not taken away.")
    ] = None
    limits: Annotated[
        KeyLimits | None, Field(description="All that it has from then on: those left out go.")
    ] = None

    def changes(self) -> KeyChanges:
        """The same for the services."""
        return KeyChanges(
            name=self.name,
            scopes=None if self.scopes is None else frozenset(self.scopes),
            limits=checked(self.limits.limits()) if self.limits else None,
            expires_at=self.expires_at,
        )


class KeyRotation(Strict):
    """How a key gets a new secret."""

    overlap_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=int(LONGEST_OVERLAP.total_seconds()),
            description="How long the secrets that it had before go on opening it.",
        ),
        Whole,
    ] = int(OVERLAP.total_seconds())


class LimitsOut(Out):
    """What narrows a key beyond its scopes."""

    pools: list[str]
    numbers: list[str]
    faxes_per_day: int | None
    pages_per_day: int | None
    acts_as: str | None
    acts_as_only: bool


class KeyOut(Out):
    """A key, without its text."""

    id: str
    name: str
    prefix: str
    scopes: list[Scope]
    limits: LimitsOut
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="Within two minutes; null: never.")
    old_secrets_until: datetime | None = Field(
        description="Until when the secrets that it had before it was rotated open it."
    )


class NewKey(KeyOut):
    """A key just made, or its new secret, with its text: shown once."""

    key: str = Field(examples=["ffgw_…"])


class Keys(Out):
    """Every key."""

    items: list[KeyOut]


def key_out(key: ApiKey) -> KeyOut:
    """A key."""
    return KeyOut(**_key(key))


def _key(key: ApiKey) -> dict[str, Any]:
    limits = LimitsOut(
        pools=sorted(key.limits.pools),
        numbers=list(key.limits.numbers),
        faxes_per_day=key.limits.faxes_per_day,
        pages_per_day=key.limits.pages_per_day,
        acts_as=key.limits.acts_as or None,
        acts_as_only=key.limits.acts_as_only,
    )
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": sorted(key.scopes),
        "limits": limits,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "old_secrets_until": key.old_secrets_until,
    }


async def browse(gateway: Gateway, asked: Asked) -> Response:
    """Every key, without its text."""
    return Json(Keys(items=all_of(key_out, await gateway.keys.list(asked.caller))))


async def create(gateway: Gateway, asked: Asked) -> Response:
    """Make a key; its text is in this answer and in no other."""
    body = asked.body_as(KeyRequest)
    key, token = await gateway.keys.create(
        asked.caller,
        body.name,
        frozenset(body.scopes),
        expires_at=body.expires_at,
        limits=checked(body.limits.limits()) if body.limits else UNLIMITED,
    )
    return Json(NewKey(**_key(key), key=token), status_code=201)


async def update(gateway: Gateway, asked: Asked) -> Response:
    """Change a key."""
    changes = asked.body_as(KeyPatch).changes()
    return Json(key_out(await gateway.keys.update(asked.caller, asked.id, changes)))


async def rotate(gateway: Gateway, asked: Asked) -> Response:
    """Give a key a new secret; its text is in this answer and in no other."""
    body = asked.body_as(KeyRotation)
    overlap = timedelta(seconds=body.overlap_seconds)
    key, token = await gateway.keys.rotate(asked.caller, asked.id, overlap=overlap)
    return Json(NewKey(**_key(key), key=token))


async def revoke(gateway: Gateway, asked: Asked) -> Response:
    """End a key at once."""
    await gateway.keys.revoke(asked.caller, asked.id)
    return Response(status_code=204)


_PATH = "/v1/keys"
_ROOT: dict[str, Any] = {"tag": "keys", "scope": "admin"}
_ONE: dict[str, Any] = {**_ROOT, "id_of": "key", "errors": (409,)}
OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(method="GET", path=_PATH, name="listKeys", summary="Every key", act=browse, **_ROOT,
        answer=Keys),
    Operation(method="POST", path=_PATH, name="createKey", summary="Make a key", act=create, **_ROOT,
        status=201, body=KeyRequest, answer=NewKey),
    Operation(method="PATCH", path=f"{_PATH}/{{id}}", name="updateKey", act=update, **_ONE,
        summary="Change what a key may do, its end or its name", body=KeyPatch, answer=KeyOut),
    Operation(method="POST", path=f"{_PATH}/{{id}}/rotate", name="rotateKey", act=rotate, **_ONE,
        summary="Give a key a new secret; the old one opens it for a while", body=KeyRotation,
        answer=NewKey),
    Operation(method="DELETE", path=f"{_PATH}/{{id}}", name="revokeKey", summary="End a key",
        act=revoke, **_ONE, status=204),
)  # fmt: skip
